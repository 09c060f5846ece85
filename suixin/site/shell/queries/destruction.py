"""What the pages of destruction show: destructions with their counts, one of them with its steps, what is kept how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection.destruction import asking
from suixin.data.collection.destruction.asking import BY_DAY, BY_VALUE
from suixin.data.collection.destruction.certifying import table_of
from suixin.data.lake.models import Batch, Destruction, DestructionState, DestructionTarget, Retention
from suixin.ground.flow.models import Instance
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Step, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE, MOST_RETENTIONS = 30, 200
TONES: Mapping[str, Tone] = {
    DestructionState.ASKED: "warn", DestructionState.APPROVED: "info", DestructionState.REFUSED: "quiet", DestructionState.DONE: "good",
}


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of destructions, and how long what is kept."""

    table: Table
    pages: Pages
    retentions: Table
    may_ask: bool


@dataclass(frozen=True, slots=True)
class DestructionPage:
    """One destruction."""

    destruction: Destruction
    state: Cell
    facts: Sequence[tuple[str, str]]
    tables: Table
    steps: Sequence[Step]
    remains: Sequence[str]
    case_href: str
    certificate_href: str


def overview(parameters: QueryDict, *, actor: Actor) -> Overview:
    """Destructions that the actor may see, newest first. Raises NotAllowed."""
    policy.require_anywhere(actor, "purge.view")
    found = Destruction.objects.filter(within(actor, "purge.view", "provider")).select_related("provider")
    shown, pages = page_of(found.prefetch_related("targets__resource"), parameters, size=PAGE_SIZE)
    kept = Retention.objects.filter(within(actor, "purge.view", "resource__provider")).select_related("resource")
    return Overview(_listed(shown), pages, _retentions(kept[:MOST_RETENTIONS]), policy.may_anywhere(actor, "purge.ask"))


def destruction_page(uuid: UUID, *, actor: Actor) -> DestructionPage:
    """One destruction. Raises NotFound, NotAllowed."""
    found = destruction_of(uuid, actor=actor)
    instance = Instance.objects.filter(subject_kind=asking.KIND, subject_key=str(uuid)).order_by("-pk").first()
    return DestructionPage(
        found, Cell(word(found.get_state_display()), tone=TONES[found.state]), _facts(found), _tables(found), _steps(found),
        _remains(found), reverse("console-case", args=[instance.uuid]) if instance else "",
        reverse("console-destruction-certificate", args=[uuid]) if found.certificate else "",
    )


def destruction_of(uuid: UUID, *, actor: Actor) -> Destruction:
    """The destruction of that uuid. Raises NotFound, NotAllowed."""
    found = Destruction.objects.select_related("provider").filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这项数据销毁；请从“数据销毁”进入。"))
    policy.require(actor, "purge.view", found)
    return found


def askable(actor: Actor) -> "QuerySet[Resource]":
    """Resources in which the actor may ask for rows to be destroyed."""
    return Resource.objects.filter(within(actor, "purge.ask", "provider")).exclude(state=ResourceState.PROPOSED).order_by("title", "pk")


def resource_to(verb: str, table: str, *, actor: Actor) -> Resource:
    """The resource of that table. Raises NotFound, NotAllowed."""
    found = Resource.objects.select_related("provider").filter(table=table).first()
    if found is None:
        raise NotFound(gettext("没有数据表“%(table)s”；请从数据资源页进入。") % {"table": table})
    policy.require(actor, verb, found)
    return found


def batch_to_destroy(resource: Resource, number_: str) -> Batch | None:
    """The landed batch of that number, None when none is named. Raises NotFound."""
    if not number_:
        return None
    found = Batch.objects.landed().filter(resource=resource, pk=int(number_)).first() if number_.isdecimal() else None
    if found is None:
        raise NotFound(gettext("《%(title)s》没有批次 %(batch)s。") % {"title": resource.title, "batch": number_[:20]})
    return found


def items_by_value(resource: Resource) -> list[tuple[str, str]]:
    """Items by which a person can be named: keys and personal ones first."""
    items = [item for item in resource.contract.items if item.type in BY_VALUE]
    items.sort(key=lambda item: (not item.sensitive, not item.is_key))
    return [(item.field, item.name) for item in items]


def items_by_day(resource: Resource) -> list[tuple[str, str]]:
    """Items from which a period can run."""
    return [(item.field, item.name) for item in resource.contract.items if item.type in BY_DAY and not item.is_sealed]


def same_elsewhere(resource: Resource) -> list[tuple[str, str]]:
    """(table:field, label) of items of the department's other tables that name the same kind of subject."""
    kinds = {item.sensitive for item in resource.contract.items if item.sensitive}
    names = {item.name for item in resource.contract.items if item.is_key}
    others = Resource.objects.filter(provider=resource.provider_id).exclude(pk=resource.pk).exclude(state=ResourceState.PROPOSED)
    return [
        (f"{other.table}:{item.field}", f"{other.title} · {item.name}")
        for other in others.order_by("title")[:MOST_RETENTIONS] if (item := _same(other.contract.items, kinds, names)) is not None
    ]


def _same(items: Sequence[ItemSpec], kinds: set[str], names: set[str]) -> ItemSpec | None:
    return next((item for item in items if item.type in BY_VALUE and (item.sensitive in kinds or item.name in names)), None)


def _listed(shown: Sequence[Destruction]) -> Table:
    columns = [
        Column(gettext("编号"), is_code=True), Column(gettext("数据资源")), Column(gettext("种类")), Column(gettext("状态")),
        Column(gettext("申请")), Column(gettext("批准")),
    ]
    rows = [
        [
            Cell(one.number or "", reverse("console-destruction", args=[one.uuid])),
            Cell("、".join(target.resource.title for target in one.targets.all())), Cell(word(one.get_kind_display())),
            Cell(word(one.get_state_display()), tone=TONES[one.state], note=one.trouble[:80]),
            Cell(one.asked_by, note=moment(one.asked_at)), Cell(one.decided_by, note=moment(one.decided_at) if one.decided_at else ""),
        ]
        for one in shown
    ]
    return Table(gettext("数据销毁"), columns, rows, gettext("还没有销毁过数据。"), is_cards=True)


def _retentions(kept: "QuerySet[Retention]") -> Table:
    columns = [Column(gettext("数据资源")), Column(gettext("保存期限"), is_code=True), Column(gettext("起算")), Column(gettext("依据"))]
    rows = [
        [
            Cell(one.resource.title, reverse("console-retention", args=[one.resource.table])), Cell(one.period),
            Cell(_begins(one)), Cell(one.basis, note=one.document),
        ]
        for one in kept
    ]
    return Table(gettext("保存期限"), columns, rows, gettext("还没有设定保存期限；可在数据资源页设定。"), is_cards=True)


def _begins(one: Retention) -> str:
    item = one.resource.contract.item(one.field) if one.field else None
    return item.name if item else gettext("入库")


def _facts(found: Destruction) -> list[tuple[str, str]]:
    facts = [
        (gettext("编号"), found.number or ""), (gettext("种类"), word(found.get_kind_display())), (gettext("提供方"), found.provider.name),
        (gettext("依据"), found.basis), (gettext("文号"), found.document),
    ]
    return [*facts, (gettext("值的杂凑"), found.digest)] if found.digest else facts


def _tables(found: Destruction) -> Table:
    is_over = found.state == DestructionState.DONE
    columns = [
        Column(gettext("数据资源")), Column(gettext("按什么")), Column(gettext("数据行"), is_numeric=True),
        Column(gettext("拒收的行"), is_numeric=True), Column(gettext("数据文件"), is_numeric=True),
    ]
    if is_over:
        columns += [Column(gettext("归档原件"), is_numeric=True), Column(gettext("其他地方"))]
    rows = [_row(target, is_over=is_over) for target in found.targets.select_related("resource")]
    caption = gettext("销毁的数量") if is_over else gettext("申请时查到的数量")
    return Table(caption, columns, rows, "", is_cards=True)


def _row(target: DestructionTarget, *, is_over: bool) -> list[Cell]:
    told = table_of(target)
    counted = told if is_over else {**target.counted, "files": target.counted.get("files", 0)}
    numbers = [Cell(number(int(str(counted.get(name, 0))))) for name in ("rows", "rejected", "files")]
    href = reverse("console-resource", args=[target.resource.table])
    cells = [Cell(target.resource.title, href), Cell(_meant(target, str(told["item"]))), *numbers]
    if not is_over:
        return cells
    places, originals = target.result.get("places", {}), target.result.get("originals", {})
    return [*cells, Cell(number(len(originals))), Cell("、".join(f"{title} {number(count)}" for title, count in sorted(places.items())))]


def _meant(target: DestructionTarget, item: str) -> str:
    if target.batches:
        return gettext("批次 %(n)s") % {"n": "、".join(map(str, target.batches[:5])) + ("…" if len(target.batches) > 5 else "")}
    if target.before is not None:
        return gettext("%(item)s早于 %(day)s") % {"item": item, "day": target.before}
    return item


def _steps(found: Destruction) -> list[Step]:
    """Asked, decided, done."""
    asked = Step(gettext("申请"), [(gettext("申请人"), found.asked_by), (gettext("时间"), moment(found.asked_at))])
    if found.state == DestructionState.ASKED:
        return [asked, Step(gettext("批准"), [(gettext("由谁"), gettext("提供方负责人，不能是申请人本人"))], state="now")]
    lines = [(gettext("办理人"), found.decided_by), (gettext("时间"), moment(found.decided_at))]
    decided = Step(gettext("批准"), [*lines, (gettext("意见"), found.reason)] if found.reason else lines)
    if found.state == DestructionState.REFUSED:
        return [asked, Step(gettext("不予销毁"), decided.lines, state="failed")]
    if found.state == DestructionState.APPROVED:
        trouble = [(gettext("受阻"), found.trouble)] if found.trouble else [(gettext("状态"), gettext("由后台作业执行，中断后会接着做"))]
        return [asked, decided, Step(gettext("销毁"), trouble, state="now")]
    return [asked, decided, Step(gettext("销毁"), [(gettext("完成时间"), moment(found.ended_at))])]


def _remains(found: Destruction) -> list[str]:
    if not found.certificate:
        return []
    statement = asking.statement_of(found)
    return [str(one) for name in ("done", "remains") for one in statement[name]]  # type: ignore[attr-defined]  # lists, as certified

