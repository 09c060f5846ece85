"""Where requests stand, as rows: the stage of a part told by its procedure, shares a person may see, who exchanges with whom."""

from collections.abc import Mapping

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from suixin.data.access import datasets
from suixin.data.access.errors import BadGrant
from suixin.data.catalog.models import Resource
from suixin.data.sharing import rules
from suixin.data.sharing.models import AutomaticAnswer, Dispute, Part, PartState, Request, Share
from suixin.ground.flow.models import ACTIVE, InstanceStatus, Step, StepKind
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor

# what a part that is asked waits for, by the node of its open step
STAGES: Mapping[str, str] = {
    "prepared": "待修改", "consented": "待本部门负责人同意", "reviewed": "提供部门审核", "decided": "待提供部门负责人审定",
    "answered": "待答复", "provided": "待供数",
}
SUPPLEMENT = "待补正"


def tables_of(part: Part) -> list[Resource]:
    """What is asked for: the entry, or every shared table of the dataset that is its provider's. Raises BadGrant: there is none."""
    return [part.resource] if part.dataset is None else datasets.open_tables(part.dataset, part.resource.provider)


def items_of(part: Part) -> dict[str, tuple[str, list[str]]]:
    """Name of each item that is asked for, by field, with the masks that it carries by itself, "" for none: one for each table that has it.

    Of a dataset those of every table, of the representing one first, as a mask for a field holds wherever the field is.
    """
    try:
        tables = sorted(tables_of(part), key=lambda one: one.pk != part.resource_id)
    except BadGrant:  # none is in force any more: the part as it was
        tables = [part.resource]
    found: dict[str, tuple[str, list[str]]] = {}
    for contract in (one.contract for one in tables):
        asked = part.columns if part.dataset is None else rules.shared_fields(contract)
        for item in contract.items:
            if item.field in asked:
                found.setdefault(item.field, (item.name, []))[1].append(item.mask)
    return found


def is_unconditional(part: Part) -> bool:
    """Whether all that is asked for is shared unconditionally."""
    return all(one.share_type == rules.UNCONDITIONAL for one in tables_of(part))


def is_automatic(part: Part) -> bool:
    """Whether the provider set all that is asked for to be agreed to by the machine, and masks nothing for it."""
    tables = tables_of(part)
    return not part.masks and is_unconditional(part) and AutomaticAnswer.objects.filter(resource__in=tables).count() == len(tables)


def staged(parts: QuerySet[Part]) -> QuerySet[Part]:
    """The parts, each with `node`, `due_at` and `colour` of the step it waits in, and `flow`, the status of its procedure."""
    steps = Step.objects.filter(instance=OuterRef("instance"), status__in=ACTIVE).exclude(kind=StepKind.APPROVAL).order_by("-pk")
    return parts.annotate(
        node=Subquery(steps.values("node")[:1]), due_at=Subquery(steps.values("due_at")[:1]),
        colour=Subquery(steps.values("colour")[:1]), flow=F("instance__status"),
    )


def stage_of(part: Part) -> str:
    """The words for where a part of `staged` stands."""
    node, flow = getattr(part, "node", None), getattr(part, "flow", None)
    if part.state == PartState.ASKED and flow == InstanceStatus.SUPPLEMENT:
        return SUPPLEMENT
    if part.state in (PartState.ASKED, PartState.AGREED) and node in STAGES:
        return STAGES[str(node)]
    if part.state == PartState.ASKED and flow == InstanceStatus.REJECTED:
        return str(PartState.REFUSED.label)
    return part.get_state_display()


def visible_parts(actor: Actor) -> QuerySet[Part]:
    """Parts of requests that the actor's department asked or provides for, or that it governs; drafts are the asker's alone."""
    ours = within(actor, "sharing.view", "request__organisation")
    theirs = within(actor, "sharing.view", "resource__provider") & ~Q(state=PartState.DRAFT)
    return Part.objects.filter(ours | theirs).select_related("request__organisation", "resource__provider", "instance")


def visible_shares(actor: Actor) -> QuerySet[Share]:
    """Shares that the actor's department holds or provides, or that it governs."""
    seen = within(actor, "sharing.view", "organisation") | within(actor, "sharing.view", "resource__provider")
    return Share.objects.filter(seen).select_related("organisation", "resource__provider", "grant", "application", "part")


def visible_disputes(actor: Actor) -> QuerySet[Dispute]:
    """Disputes that the actor's department is in, or that it governs."""
    seen = within(actor, "sharing.view", "organisation") | within(actor, "sharing.view", "provider")
    return Dispute.objects.filter(seen).select_related("organisation", "provider", "bureau", "instance", "part", "share")


def own_requests(actor: Actor) -> QuerySet[Request]:
    """Requests of the departments for which the actor asks."""
    return Request.objects.filter(within(actor, "sharing.request", "organisation")).select_related("organisation")


def may_view_part(actor: Actor, part: Part) -> bool:
    """Whether the actor may see the part."""
    if policy.may(actor, "sharing.view", part.request.organisation):
        return True
    return part.state != PartState.DRAFT and policy.may(actor, "sharing.view", part.resource)


def may_view_share(actor: Actor, share: Share) -> bool:
    """Whether the actor may see the share."""
    return policy.may(actor, "sharing.view", share.organisation) or policy.may(actor, "sharing.view", share.resource)
