"""The basket: parts picked from the catalogue, each stating what Decree 809 art. 20 asks for; nothing is handed on yet.

Stated  a draft, and a part that was sent back or must be supplemented, by whom it waits for; else it stands as it is
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from suixin.data.access import datasets
from suixin.data.access.errors import BadGrant
from suixin.data.access.models import Door
from suixin.data.access.plans import parse_filter
from suixin.data.catalog.models import Demand, Resource, ResourceGroup, ResourceState
from suixin.data.sharing import queries, rules
from suixin.data.sharing.errors import IncompleteRequest, MayNotShare, WrongStanding
from suixin.data.sharing.models import AmendKind, Part, PartState, Request, RequestState, Share, ShareState
from suixin.data.sharing.rules import Check, Statement
from suixin.ground.audit import actions as audit
from suixin.ground.files import actions as files
from suixin.ground.files.models import Attachment
from suixin.ground.files.taking import Taken
from suixin.ground.flow import rights
from suixin.ground.flow.models import StepKind, StepStatus
from suixin.ground.people.models import Application, Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

MOST_PARTS, MOST_FILES = 100, 20
OWNER = "sharing.request"
PREPARED = "prepared"
DOORS = (
    Door.PAGE, Door.ROWS, Door.GATEWAY, Door.VERIFY, Door.AGGREGATE, Door.DOWNLOAD, Door.TABLE, Door.SHARE,
    Door.SUBSCRIPTION, Door.PROXY, Door.FILE,
)  # what a department may ask for; the rest is the machine's own
_TEXTS = {"law": ("使用依据", 200), "document": ("文号", 100), "article": ("条款", 200), "scenario": ("使用场景", 500),
    "row_filter": ("行条件", 2000)}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody states of a part: the statement, and how often it will be called."""

    statement: Statement
    per_second: int | None = None
    per_day: int | None = None


@transaction.atomic
def open_request(
    title: str, organisation: Organisation, *, actor: Actor, application: Application | None = None, demand: Demand | None = None,
) -> Request:
    """An empty basket of that organisation. Raises NotAllowed, IncompleteRequest."""
    policy.require(actor, "sharing.request", organisation)
    if not title.strip() or len(title) > 200:
        raise IncompleteRequest("请写申请名称，最多 200 个字，例如“社会救助对象资格核验”。")
    _refuse_foreign(application, organisation)
    request = Request.objects.create(
        title=title.strip(), organisation=organisation, application=application, demand=demand, kept_by=actor.name[:120],
        kept_key=actor.key[:150], created_at=clock.now(),
    )
    audit.record(actor, "sharing.request_opened", request)
    return request


@transaction.atomic
def name_request(request: Request, title: str, *, actor: Actor, application: Application | None = None) -> Request:
    """The basket under another name, for another application. Raises NotAllowed, IncompleteRequest, WrongStanding."""
    held = _draft(request, actor)
    if not title.strip() or len(title) > 200:
        raise IncompleteRequest("请写申请名称，最多 200 个字。")
    _refuse_foreign(application, held.organisation)
    held.title, held.application = title.strip(), application
    held.save(update_fields=["title", "application"])
    audit.record(actor, "sharing.request_named", held)
    return held


@transaction.atomic
def add_parts(request: Request, resources: Sequence[Resource], *, actor: Actor) -> list[Part]:
    """The basket with a part for each of these entries; what is in it already is left as it is.

    Raises NotAllowed, WrongStanding, and MayNotShare for an entry that nobody shares.
    """
    held = _draft(request, actor)
    known = set(held.parts.filter(dataset=None).values_list("resource_id", flat=True))
    added = []
    for resource in resources:
        if resource.pk in known:
            continue
        _refuse_closed(resource, held.organisation)
        known.add(resource.pk)
        added.append(_part_of(held, resource))
    if len(known) > MOST_PARTS:
        raise WrongStanding(f"一份申请最多 {MOST_PARTS} 个资源；请分成几份。")
    if added:
        audit.record(actor, "sharing.parts_added", held, detail={"resources": [one.resource.code for one in added]})
    return added


@transaction.atomic
def add_dataset(request: Request, group: ResourceGroup, *, actor: Actor) -> Part:
    """The basket with one part for a whole dataset: every table of it that is shared, later ones too, answered at once.

    Raises NotAllowed, WrongStanding, and MayNotShare for one of nobody, of several providers, or with no table that is shared.
    """
    held = _draft(request, actor)
    known = held.parts.filter(dataset=group).first()
    if known is not None:
        return known
    try:
        tables = datasets.open_tables(group)
    except BadGrant as error:
        raise MayNotShare(error.sentence) from error
    if len({one.provider_id for one in tables}) > 1:
        raise MayNotShare(f"数据集“{group.title}”的表由几个部门提供，不能整体申请；请逐表申请，各由它的提供部门答复。")
    _refuse_closed(tables[0], held.organisation)
    if held.parts.count() >= MOST_PARTS:
        raise WrongStanding(f"一份申请最多 {MOST_PARTS} 个资源；请分成几份。")
    made = _part_of(held, tables[0], group)
    audit.record(actor, "sharing.dataset_added", held, detail={"dataset": group.slug, "tables": [one.code for one in tables]})
    return made


@transaction.atomic
def state_part(part: Part, said: Said, *, actor: Actor) -> Part:
    """The part stating that. What is missing is told when it is handed on; what cannot be read is refused here.

    Raises NotAllowed, IncompleteRequest, WrongStanding.
    """
    held = _statable(part, actor)
    told = said.statement
    for name, (word, most) in _TEXTS.items():
        if len(str(getattr(told, name))) > most:
            raise IncompleteRequest(f"“{word}”最多 {most} 个字。")
    unknown = [door for door in told.doors if door not in DOORS]
    if unknown:
        raise IncompleteRequest(f"没有共享方式“{unknown[0][:20]}”；请从列出的方式里选。")
    contract = held.resource.contract
    faults = [name for name in told.columns if contract.item(name) is None]
    if faults:
        raise IncompleteRequest(f"“{held.title}”没有信息项“{'、'.join(faults)[:100]}”；请对照信息项清单。")
    if (fault := filter_fault(held, told.row_filter)):
        raise IncompleteRequest(f"行条件不能用：{fault}。")
    fields = {item.field for name in told.columns if (item := contract.item(name))}
    if held.dataset is None:  # of a dataset every table shows all that is shared
        held.columns = [one.field for one in contract.items if one.field in fields]
    for name in _TEXTS:
        setattr(held, name, str(getattr(told, name)).strip())
    held.divisions, held.doors = list(dict.fromkeys(told.divisions)), list(dict.fromkeys(told.doors))
    held.until, held.per_second, held.per_day = told.until, said.per_second, said.per_day
    held.save()
    audit.record(actor, "sharing.part_stated", held, detail={"resource": held.resource.code})
    return held


@transaction.atomic
def remove_part(part: Part, *, actor: Actor) -> None:
    """The basket without the part. Raises NotAllowed, WrongStanding."""
    held = _draft(part.request, actor)
    audit.record(actor, "sharing.part_removed", part, detail={"resource": part.resource.code})
    held.parts.filter(pk=part.pk).delete()


@transaction.atomic
def attach(request: Request, taken: Taken, *, actor: Actor) -> Attachment:
    """What was handed in beside the request: an authorisation, the text of a law. Raises NotAllowed, WrongStanding."""
    policy.require(actor, "sharing.request", request.organisation)
    if files_of(request).count() >= MOST_FILES:
        raise WrongStanding(f"一份申请最多 {MOST_FILES} 个附件；请合并成一个文件。")
    kept = files.keep(taken, actor=actor, owner_kind=OWNER, owner_key=str(request.uuid))
    audit.record(actor, "sharing.file_attached", request, detail={"name": kept.name, "sm3": kept.sm3})
    return kept


def files_of(request: Request) -> QuerySet[Attachment]:
    """Attachments of the request, the oldest first."""
    return Attachment.objects.filter(owner_kind=OWNER, owner_key=str(request.uuid)).order_by("pk")


def may_read_files(actor: Actor, key: str) -> bool:
    """Whether the actor reads attachments of that request: who asked, and every provider that it was handed to."""
    request = Request.objects.filter(uuid=key).select_related("organisation").first()
    if request is None:
        return False
    if policy.may(actor, "sharing.view", request.organisation):
        return True
    handed = request.parts.exclude(state=PartState.DRAFT).select_related("resource__provider")
    return any(policy.may(actor, "sharing.view", one.resource) for one in handed)


@transaction.atomic
def discard_request(request: Request, *, actor: Actor) -> None:
    """The draft is gone. Raises NotAllowed, WrongStanding."""
    held = _draft(request, actor)
    audit.record(actor, "sharing.request_discarded", held)
    held.delete()


@transaction.atomic
def open_amendment(share: Share, kind: AmendKind, *, actor: Actor) -> Part:
    """A draft that asks to renew or change a share, saying so far what was granted. Raises NotAllowed, WrongStanding."""
    policy.require(actor, "sharing.request", share.organisation)
    held = Share.objects.select_for_update(of=("self",)).select_related("grant", "resource", "organisation").get(pk=share.pk)
    if held.state not in (ShareState.IN_USE, ShareState.PROVIDING):
        raise WrongStanding(f"这项共享{held.get_state_display()}，不能续期或变更；请重新申请。")
    waiting = held.amendments.filter(state__in=(PartState.DRAFT, PartState.ASKED)).first()
    if waiting is not None:
        raise WrongStanding(f"已有一份{waiting.get_amend_kind_display()}申请（{waiting.request.title}）在办；请先办完或放弃它。")
    request = open_request(f"{kind.label}：{held.title}"[:200], held.organisation, actor=actor, application=held.application)
    old, grant = held.part, held.grant
    named = {name: getattr(old, name) for name in ("law", "document", "article", "row_filter", "divisions")} if old else {
        "law": held.basis[:200], "row_filter": grant.row_filter}
    return Part.objects.create(
        request=request, resource=held.resource, columns=grant.columns, doors=grant.doors, scenario=held.purpose, amends=held,
        amend_kind=kind, dataset=held.dataset, is_receipted=grant.is_receipted, per_second=grant.per_second, per_day=grant.per_day, **named,
    )


def statement_of(part: Part) -> Statement:
    """What the part says, as a value."""
    return Statement(
        part.columns, part.law, part.document, part.article, part.scenario, part.row_filter, part.divisions, part.doors, part.until,
    )


def checks_of(part: Part) -> list[Check]:
    """All that a machine can check of the part; green when none has a fault."""
    resource = part.resource
    found = rules.checks_of(
        resource.contract, statement_of(part), share_type=resource.share_type, today=clock.today(),
        filter_fault=_narrowing_fault(part),
    )
    gone = "" if resource.state == ResourceState.PUBLISHED else f"目录{resource.get_state_display()}，不能申请"
    seen = "提供方要求每次交换留回执，页面上看过的内容留不下回执；请在共享方式里去掉“页面”" if part.is_receipted and (
        Door.PAGE in part.doors) else ""
    return [Check("目录状态", gone), *found, *([Check("回执", seen)] if part.is_receipted else [])]


def _narrowing_fault(part: Part) -> str:
    """What is wrong with the rows that the part narrows to; of a dataset, whose tables all need the items, divisions count too."""
    contract = part.resource.contract
    if part.dataset is None or rules.division_fault(contract, part.divisions):
        return filter_fault(part, part.row_filter)
    return filter_fault(part, rules.narrowed(contract, part.row_filter, part.divisions))


def filter_fault(part: Part, text: str) -> str:
    """What is wrong with a row filter over the entry's items, or those of every table of the dataset; "" when it reads or is empty."""
    if not text.strip():
        return ""
    try:
        if part.dataset is not None:
            return "；".join(datasets.filter_faults(queries.tables_of(part), text)[:3])
        parse_filter(text, part.resource.contract)
    except SuixinError as error:
        return rules.why_differs(error)
    return ""


def may_state(part: Part, actor: Actor) -> bool:
    """Whether the actor may change what the part says now."""
    if not policy.may(actor, "sharing.request", part.request.organisation):
        return False
    if part.state == PartState.DRAFT:
        return True
    if part.state != PartState.ASKED or part.instance is None:
        return False
    steps = part.instance.steps.filter(status=StepStatus.OPEN).select_related("organisation")
    return any((one.kind == StepKind.SUPPLEMENT or one.node == PREPARED) and rights.may_act(actor, one) for one in steps)


def _part_of(request: Request, resource: Resource, group: ResourceGroup | None = None) -> Part:
    columns = rules.shared_fields(resource.contract)
    doors = [Door.PAGE.value, Door.ROWS.value]
    return Part.objects.create(request=request, resource=resource, dataset=group, columns=columns, doors=doors)


def _statable(part: Part, actor: Actor) -> Part:
    policy.require(actor, "sharing.request", part.request.organisation)
    held = Part.objects.select_for_update(of=("self",)).select_related("request__organisation", "resource", "instance").get(pk=part.pk)
    if not may_state(held, actor):
        raise WrongStanding(f"“{held.title}”的申请{held.get_state_display()}，现在不能改；要改请先撤回，或请对方退回、补正。")
    return held


def _draft(request: Request, actor: Actor) -> Request:
    policy.require(actor, "sharing.request", request.organisation)
    held = Request.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=request.pk)
    if held.state != RequestState.DRAFT:
        raise WrongStanding(f"申请“{held.title}”已经提交，不能增减资源；请另建一份。")
    return held


def _refuse_foreign(application: Application | None, organisation: Organisation) -> None:
    if application is not None and application.organisation_id != organisation.pk:
        raise IncompleteRequest(f"应用“{application.name}”不属于{organisation}；请选本部门的应用。")


def _refuse_closed(resource: Resource, organisation: Organisation) -> None:
    if resource.state != ResourceState.PUBLISHED:
        raise MayNotShare(f"“{resource.title}”{resource.get_state_display()}，不能申请共享；请选已发布的目录。")
    if resource.share_type == rules.WITHHELD:
        ground = resource.basis_document or resource.withhold_reason or "见目录"
        raise MayNotShare(f"“{resource.title}”属于不予共享（{ground}）；有异议的可向主管部门提出。")
    if resource.provider_id == organisation.pk:
        raise MayNotShare(f"“{resource.title}”就是本部门提供的，不用申请。")
