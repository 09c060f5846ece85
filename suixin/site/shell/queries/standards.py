"""What the pages of standards show: lists with search, one set in one of its versions, one element, mappings."""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.coding import LARGE
from suixin.ground.security import policy
from suixin.ground.standards import CodeSet, DataElement, comparing, held, mapping
from suixin.ground.standards import queries as standards
from suixin.ground.standards.models import OPEN, ChangeKind, Code, CodeChange, Kind, Mapping, Standard, State, Version
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site import standard_approval
from suixin.site import standards_usage as usage
from suixin.site.shell import words
from suixin.site.shell.components import Cell, Column, Onward, Pages, Table, Tone
from suixin.site.shell.queries.links import page_of, pages_at
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

C = TypeVar("C", Code, CodeChange)
PAGE_SIZE, CODES = 30, 50
TONES: Map[str, Tone] = {State.DRAFT: "info", State.REVIEWING: "warn", State.PUBLISHED: "good", State.REPLACED: "quiet"}


@dataclass(frozen=True, slots=True)
class StandardList:
    """One page of code sets or elements, and what waits for somebody."""

    words: str
    kind: str
    table: Table
    pages: Pages
    open: Table
    may_draft: bool


@dataclass(frozen=True, slots=True)
class SetPage:
    """One set in one version. `open` is the version in work, `shown` the published one that the page shows."""

    code: str
    name: str
    found: CodeSet | None
    standard: Standard | None
    open: Version | None
    facts: Sequence[tuple[str, str]]
    versions: Table
    codes: Table
    pages: Pages | Onward
    words: str
    changes: Table
    change_pages: Pages | Onward
    compared: tuple[str, str] | None
    labels: Sequence[str]
    uses: Table
    mappings: Table
    may_draft: bool
    may_publish: bool


def standard_list(parameters: QueryDict, *, actor: Actor) -> StandardList:
    """Code sets, or elements (`kind=element`), that hold the words `q`. Raises NotAllowed."""
    policy.require_anywhere(actor, "standards.view")
    sought, kind = parameters.get("q", "").strip()[:100], "element" if parameters.get("kind") == "element" else "code_set"
    rows = _elements(sought) if kind == "element" else _sets(sought)
    pages = pages_at(len(rows), parameters, size=PAGE_SIZE)
    shown = rows[(pages.number - 1) * PAGE_SIZE : pages.number * PAGE_SIZE]
    table = _element_table(shown) if kind == "element" else _set_table(shown)  # type: ignore[arg-type]  # as `kind` says
    return StandardList(sought, kind, table, pages, _open_table(), policy.may_anywhere(actor, "standards.draft"))


def set_page(code: str, parameters: QueryDict, *, actor: Actor) -> SetPage:
    """One set: in force, or in the version `version`; codes that hold `q`. Raises NotFound, NotAllowed."""
    policy.require_anywhere(actor, "standards.view")
    standard = Standard.objects.filter(kind=Kind.CODE_SET, code=code).first()
    found = _found(code, parameters.get("version", ""))
    if found is None and standard is None:
        raise NotFound(gettext("没有这个代码集；请从标准清单进入。"))
    open_one = standard.versions.filter(state__in=OPEN).first() if standard else None
    sought = parameters.get("q", "").strip()[:100]
    codes, pages = _codes(found, sought, parameters)
    pair = _compared(standard, parameters)
    changes, change_pages = _between(pair, parameters) if pair else _changes(open_one, standard, found, parameters)
    labels = list(standard.versions.filter(state=State.PUBLISHED).values_list("label", flat=True)) if standard else []
    whose = standard or Standard(kind=Kind.CODE_SET, code=code)
    return SetPage(
        code, found.name if found else whose.name, found, standard, open_one, _facts(found, whose), version_table(standard, found),
        codes, pages, sought, changes, change_pages,
        (pair[0].label, pair[1].label) if pair else None, labels, _uses(code),
        mapping_table(Mapping.objects.filter(Q(target=code) | Q(own__code=code))),
        policy.may(actor, "standards.draft", whose), open_one is not None and standard_approval.may_decide(open_one, actor=actor),
    )


def element_page(field: str, *, actor: Actor) -> tuple[DataElement | None, Standard | None, Version | None, int, Table]:
    """One element: as it is in force, what is kept of it, its open version, how many items have its name, those that differ."""
    policy.require_anywhere(actor, "standards.view")
    found = next((one for one in standards.elements() if one.field == field), None)
    standard = Standard.objects.filter(kind=Kind.ELEMENT, code=field).first()
    if found is None and standard is None:
        raise NotFound(gettext("没有这个数据元；请从标准清单进入。"))
    total, deviations = usage.deviations_of(found) if found else (0, [])
    names = {"type": gettext("类型"), "length": gettext("长度"), "code_set": gettext("代码集"), "unit": gettext("单位")}
    columns = (
        Column(gettext("提供单位")), Column(gettext("信息资源")), Column(gettext("信息项")),
        Column(gettext("与数据元不同之处"), is_long=True),
    )
    rows = [
        (Cell(one.item.resource.provider.name), Cell(one.item.resource.title, reverse("console-resource", args=[one.item.resource.table])),
         Cell(one.item.name, note=one.item.field),
         Cell("；".join(gettext("%(what)s应为 %(wanted)s，现为 %(held)s") % {"what": names[w], "wanted": _said(w, a), "held": _said(w, b)}
                       for w, a, b in one.sentences)))
        for one in deviations
    ]
    table = Table(gettext("与数据元不一致的信息项"), columns, rows, gettext("同名的信息项都与数据元一致。"))
    return found, standard, standard.versions.filter(state__in=OPEN).first() if standard else None, total, table


def mapping_table(found: QuerySet[Mapping]) -> Table:
    """Mappings as a table."""
    columns = (
        Column(gettext("本单位代码集")), Column(gettext("标准代码集")), Column(gettext("归属单位")),
        Column(gettext("序号"), is_numeric=True), Column(gettext("状态")), Column(gettext("对照条数"), is_numeric=True),
    )
    rows = [
        (Cell(one.own.name, reverse("console-mapping", args=[one.uuid]), note=one.own.code), Cell(one.target), Cell(one.owner_name),
         Cell(str(one.number)), Cell(word(one.get_state_display()), tone=TONES[one.state]), Cell(number(one.pairs.count())))
        for one in found.select_related("own").order_by("own", "target", "-number")[:PAGE_SIZE]
    ]
    return Table(gettext("代码对照"), columns, rows, gettext("还没有对照。"))


def mapping_of(uuid: object) -> Mapping:
    """The mapping of that identifier. Raises NotFound."""
    found = Mapping.objects.select_related("own").filter(uuid=uuid).first()  # type: ignore[misc]  # a UUID of the address
    if found is None:
        raise NotFound(gettext("没有这份对照；请从代码对照清单进入。"))
    return found


def mapping_lines(one: Mapping) -> list[mapping.Line]:
    """Every code of the own set with what it is mapped to; suggestions beside."""
    own = standards.own_set(one.own.code)
    pairs = dict(one.pairs.values_list("code", "target"))
    return mapping.lines_of(own, standards.code_set(one.target), pairs) if own else []


def own_sets(actor: Actor) -> list[tuple[str, str]]:
    """Published own sets that are the actor's to map."""
    found = Standard.objects.filter(kind=Kind.CODE_SET, versions__state=State.PUBLISHED).exclude(owner="").distinct()
    return [(one.code, f"{one.name}（{one.owner_name}）") for one in found if policy.may(actor, "standards.draft", one)]


def _found(code: str, label: str) -> CodeSet | None:
    try:
        return standards.own_set(code) or standards.code_set(f"{code}@{label}" if label else code)
    except NotFound:
        if label:
            raise
        return None


def _sets(sought: str) -> list[CodeSet]:
    found = [*standards.code_sets(), *held.view().own.values()]
    return [one for one in found if sought.lower() in f"{one.code} {one.name}".lower()]


def _elements(sought: str) -> list[DataElement]:
    return [one for one in standards.elements() if sought.lower() in f"{one.field} {one.name} {' '.join(one.aliases)}".lower()]


def _set_table(shown: Sequence[CodeSet]) -> Table:
    counts = usage.counts_of_sets([one.code for one in shown])
    owners = dict(Standard.objects.exclude(owner="").values_list("owner", "owner_name"))
    columns = (
        Column(gettext("代码集")), Column(gettext("版本")), Column(gettext("来源")), Column(gettext("归属单位")),
        Column(gettext("代码数"), is_numeric=True), Column(gettext("使用它的信息项"), is_numeric=True),
    )
    rows = [
        (Cell(one.name, reverse("console-code-set", args=[one.code]), note=one.code), Cell(one.version), Cell(one.source),
         Cell(owners.get(one.owner, "") if one.owner else gettext("全市")), Cell(number(one.total)), Cell(number(counts.get(one.code, 0))))
        for one in shown
    ]
    return Table(gettext("代码集"), columns, rows, gettext("没有符合条件的代码集。"))


def _element_table(shown: Sequence[DataElement]) -> Table:
    columns = (Column(gettext("数据元")), Column(gettext("类型")), Column(gettext("长度"), is_numeric=True), Column(gettext("代码集")))
    rows = [
        (Cell(one.name, reverse("console-element", args=[one.field]), note=one.field), Cell(words.item_type(one.type)),
         Cell("" if one.length is None else str(one.length)),
         Cell(one.code_set, reverse("console-code-set", args=[one.code_set]) if one.code_set else ""))
        for one in shown
    ]
    return Table(gettext("数据元"), columns, rows, gettext("没有符合条件的数据元。"))


def _open_table() -> Table:
    """Versions and mappings that somebody still has to bring to an end."""
    columns = (Column(gettext("标准")), Column(gettext("版本")), Column(gettext("状态")), Column(gettext("起草人")))
    versions = Version.objects.filter(state__in=OPEN).select_related("standard").order_by("-pk")[:PAGE_SIZE]
    rows = [
        (Cell(one.name, href_of(one.standard), note=one.standard.code), Cell(one.label),
         Cell(word(one.get_state_display()), tone=TONES[one.state]), Cell(one.drafted_by)) for one in versions
    ]
    return Table(gettext("正在办理"), columns, rows, gettext("没有正在办理的版本。"))


def href_of(standard: Standard) -> str:
    """The page of a standard."""
    return reverse("console-element" if standard.kind == Kind.ELEMENT else "console-code-set", args=[standard.code])


def _facts(found: CodeSet | None, standard: Standard) -> list[tuple[str, str]]:
    """Metadata after GB/T 18391.3: identifier, name, version, source, responsible body, size."""
    return [
        (gettext("标识符"), standard.code), (gettext("版本"), found.version if found else ""),
        (gettext("来源"), found.source if found else ""),
        (gettext("归属单位"), standard.owner_name or gettext("全市")), (gettext("代码数"), number(found.total) if found else ""),
        (gettext("旧代码"), gettext("换成接替代码") if found and found.translates else gettext("按不合格退回")),
        ("SM3", found.digest[:16] if found else ""),
    ]


def version_table(standard: Standard | None, found: CodeSet | None) -> Table:
    """The versions of a standard, the newest first."""
    columns = (Column(gettext("版本")), Column(gettext("状态")), Column(gettext("代码数"), is_numeric=True))
    if standard is None:
        total = number(found.total if found else 0)
        rows = [(Cell(found.version if found else ""), Cell(gettext("随程序发布")), Cell(total))]
        return Table(gettext("版本"), columns, rows)
    here = href_of(standard)
    rows = [
        (Cell(one.label, f"{here}?version={one.label}" if one.state == State.PUBLISHED else "", note=_since(one)),
         Cell(word(one.get_state_display()), tone=TONES[one.state]), Cell(number(one.total) if one.total else ""))
        for one in standard.versions.order_by("-number")
    ]
    return Table(gettext("版本"), columns, rows)


def _since(version: Version) -> str:
    """From when a version is valid, else when it was published."""
    if version.valid_from:
        return gettext("%(day)s 起施行") % {"day": moment(version.valid_from)}
    return moment(version.published_at) if version.published_at else ""


def _codes(found: CodeSet | None, sought: str, parameters: QueryDict) -> tuple[Table, Pages | Onward]:
    """A page of codes; of a set that is kept here read from the database, however many there are."""
    columns = (
        Column(gettext("代码")), Column(gettext("名称")), Column(gettext("上级代码")), Column(gettext("别名")),
    )
    kept = Version.objects.filter(standard__code=found.code, standard__kind=Kind.CODE_SET, label=found.version).first() if found else None
    pages: Pages | Onward
    if kept is not None:
        codes = held.codes_of(kept)
        wanted = codes.filter(Q(code__startswith=sought) | Q(name__icontains=sought)) if sought else codes
        if kept.total > LARGE:
            shown, following = _behind(wanted, parameters.get("after", ""))
            pages = Onward(following, not parameters.get("after"), kept.total)
        else:
            shown, pages = page_of(wanted, parameters, size=CODES)
        rows = [(Cell(one.code), Cell(one.name), Cell(one.parent), Cell("、".join(one.aliases))) for one in shown]
    else:
        every = [(code, name) for code, name in (found.entries if found else {}).items() if code.startswith(sought) or sought in name]
        pages = pages_at(len(every), parameters, size=CODES)
        part = every[(pages.number - 1) * CODES : pages.number * CODES]
        others: dict[str, list[str]] = {code: [] for code, _ in part}
        for alias, of in (found.aliases if found else {}).items():
            if of in others:
                others[of].append(alias)
        rows = [(Cell(code), Cell(name), Cell(""), Cell("、".join(others[code]))) for code, name in part]
    return Table(gettext("代码"), columns, rows, gettext("没有符合条件的代码。")), pages


def _changes(
    open_one: Version | None, standard: Standard | None, found: CodeSet | None, parameters: QueryDict
) -> tuple[Table, Pages | Onward]:
    """What the open version, or else the one shown, changes of the one before it; very many in the order of their codes."""
    of = open_one or (standard.versions.filter(label=found.version).first() if standard and found else None)
    changes = CodeChange.objects.filter(version=of) if of else CodeChange.objects.none()
    total, place = changes.count(), parameters.get("changes", "")
    pages: Pages | Onward
    if total > LARGE:
        shown, following = _behind(changes.order_by("code"), place)
        pages = Onward(following, not place, total)
    else:
        shown, pages = page_of(changes.order_by("kind", "code"), {"page": place or "1"}, size=CODES)
    rows = [
        (Cell(word(one.get_kind_display())), Cell(one.code), Cell(one.name), Cell(one.former), Cell("、".join(one.successors)))
        for one in shown
    ]
    empty = gettext("与上一版没有差别。")
    return Table(gettext("与上一版的差别"), _change_columns(), rows, empty, is_cards=True), pages


def _compared(standard: Standard | None, parameters: QueryDict) -> tuple[Version, Version] | None:
    """The two versions that were asked for (`before`, `after`). Raises NotFound."""
    wanted = [parameters.get(name, "") for name in ("before", "after")]
    if not all(wanted):
        return None
    known = {one.label: one for one in standard.versions.filter(state=State.PUBLISHED)} if standard else {}
    if missing := next((label for label in wanted if label not in known), None):
        raise NotFound(gettext("没有“%(label)s”这一版；请从版本清单里选。") % {"label": missing[:32]})
    return known[wanted[0]], known[wanted[1]]


def _between(pair: tuple[Version, Version], parameters: QueryDict) -> tuple[Table, Pages]:
    changes = comparing.between(*pair).changes
    pages = pages_at(len(changes), {"page": parameters.get("changes", "1")}, size=CODES)
    rows = [
        (Cell(word(ChangeKind(one.kind).label)), Cell(one.row.code), Cell(one.row.name), Cell(one.former),
         Cell("、".join(one.row.successors)))
        for one in changes[(pages.number - 1) * CODES : pages.number * CODES]
    ]
    told = {"before": pair[0].label, "after": pair[1].label}
    caption, empty = gettext("%(before)s 版到 %(after)s 版的差别") % told, gettext("这两版没有差别。")
    return Table(caption, _change_columns(), rows, empty, is_cards=True), pages


def _change_columns() -> tuple[Column, ...]:
    return (
        Column(gettext("变化")), Column(gettext("代码")), Column(gettext("名称")), Column(gettext("原名称")),
        Column(gettext("接替代码")),
    )


def _behind(codes: QuerySet[C], after: str) -> tuple[Sequence[C], str]:
    """The page behind that code, and its own last code where there are more: what lies before is not counted off."""
    found = list(codes.filter(code__gt=after[:64])[: CODES + 1])
    return found[:CODES], found[CODES - 1].code if len(found) > CODES else ""


def _uses(code: str) -> Table:
    columns = (
        Column(gettext("提供单位")), Column(gettext("信息资源")), Column(gettext("信息项")), Column(gettext("跟随或固定")),
        Column(gettext("判定所用版本")), Column(gettext("批次"), is_numeric=True), Column(gettext("单元格"), is_numeric=True),
        Column(gettext("不在代码集"), is_numeric=True),
    )
    rows = [
        (Cell(one.item.resource.provider.name), Cell(one.item.resource.title, reverse("console-resource", args=[one.item.resource.table])),
         Cell(one.item.name, note=one.item.field),
         Cell(_followed(one.item.code_set)),
         Cell("、".join(one.versions)), Cell(number(one.batches)), Cell(number(one.cells)),
         Cell(number(one.outside), note=f"{one.share_outside:.2f}%" if one.cells else ""))
        for one in usage.uses_of_set(code)
    ]
    return Table(gettext("使用情况"), columns, rows, gettext("还没有信息项使用它。"))


def _followed(reference: str) -> str:
    _, pin, version = reference.partition("@")
    return gettext("固定 %(version)s") % {"version": version} if pin else gettext("跟随现行版本")


def _said(what: str, value: str) -> str:
    return words.item_type(value) if what == "type" else value or "—"
