"""The inbox: everything that waits for a person, its posts and those who delegated to it, of any procedure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from suixin.ground.flow import rights
from suixin.ground.flow.models import Colour, Procedure, Step, StepStatus
from suixin.ground.flow.queries.paging import OF_STEPS, Slice, rows_of, slice_of
from suixin.ground.people.models import Account, Organisation
from suixin.kit.actor import Actor, ActorKind

ORDERS = ("due_at", "-due_at", "opened_at", "-opened_at")
HOLDERS = ("mine", "free", "delegated")


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """What the reader narrows the inbox to; `post` is an organisation's slug and a role, joined by a colon."""

    colour: str = ""
    procedure: str = ""
    post: str = ""
    holder: str = ""
    words: str = ""
    order: str = "due_at"
    after: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of it. `tally`: number of steps by colour under the other filters; the rest: what may be chosen, with numbers."""

    steps: Slice[Step]
    tally: Mapping[str, int]
    procedures: Sequence[tuple[Procedure, int]]
    posts: Sequence[tuple[Organisation, str, int]]

    @property
    def total(self) -> int:
        """Steps of all colours."""
        return sum(self.tally.values())


@dataclass(frozen=True, slots=True)
class _Group:
    """So many steps of one colour, procedure and post."""

    colour: str
    procedure: int
    organisation: int | None
    role: str
    number: int


def account_of(actor: Actor) -> Account | None:
    """The account that acts; None for who is no member of staff."""
    return Account.objects.filter(username=actor.key).first() if actor.kind is ActorKind.STAFF else None


def waiting(actor: Actor) -> QuerySet[Step]:
    """Open steps that wait for the actor."""
    return Step.objects.filter(rights.waiting_for(actor), status=StepStatus.OPEN)


def inbox(actor: Actor, filters: InboxFilters) -> Inbox:
    """One page of what waits for the actor, under the filters. The number of queries is constant."""
    found = waiting(actor)
    for part in filters.words.split():
        found = found.filter(Q(subject_title__icontains=part) | Q(title__icontains=part))
    found = _held(found, filters.holder, actor)
    groups = [
        _Group(*row) for row in found.order_by().values_list("colour", "procedure_id", "organisation_id", "role").annotate(n=Count("pk"))
    ]
    procedures = Procedure.objects.in_bulk({one.procedure for one in groups})
    places = Organisation.objects.in_bulk({one.organisation for one in groups if one.organisation is not None})
    chosen = [one for one in groups if _is_chosen(one, filters, procedures, places)]
    tally = {str(colour): sum(one.number for one in chosen if one.colour == colour) for colour in Colour.values}
    return Inbox(_page(found, filters), tally, _procedures(groups, procedures), _posts(groups, places))


def stopped(actor: Actor, *, size: int) -> Sequence[Step]:
    """Steps of the actor whose clock stands still, the first few: who stopped them resumes them."""
    found = Step.objects.filter(rights.mine(actor), status=StepStatus.STOPPED)
    by_due = found.order_by(F("due_at").asc(nulls_last=True), "pk")  # few, so they are sorted: no index keeps them of both kinds
    return rows_of(Step, list(by_due.values_list("pk", flat=True)[:size]), OF_STEPS)


def _held(found: QuerySet[Step], holder: str, actor: Actor) -> QuerySet[Step]:
    match holder:
        case "mine":
            return found.filter(assignee__username=actor.key)
        case "free":
            return found.filter(assignee=None)
        case "delegated":
            return found.filter(assignee__isnull=False).exclude(assignee__username=actor.key)
    return found


def _is_chosen(
    group: _Group, filters: InboxFilters, procedures: Mapping[int, Procedure], places: Mapping[int, Organisation]
) -> bool:
    slug, _, role = filters.post.partition(":")
    place = places.get(group.organisation) if group.organisation is not None else None
    is_post = not filters.post or (place is not None and place.slug == slug and group.role == role)
    return is_post and (not filters.procedure or procedures[group.procedure].slug == filters.procedure)


def _page(found: QuerySet[Step], filters: InboxFilters) -> Slice[Step]:
    if filters.colour in Colour.values:
        found = found.filter(colour=filters.colour)
    if filters.procedure:
        found = found.filter(procedure__slug=filters.procedure)
    if filters.post:
        slug, _, role = filters.post.partition(":")
        found = found.filter(organisation__slug=slug, role=role)
    order = filters.order if filters.order in ORDERS else "due_at"
    return slice_of(found, order, shown=OF_STEPS, after=filters.after, size=filters.size)


def _procedures(groups: Sequence[_Group], known: Mapping[int, Procedure]) -> list[tuple[Procedure, int]]:
    numbers: Counter[int] = Counter()
    for one in groups:
        numbers[one.procedure] += one.number
    return [(known[pk], number) for pk, number in numbers.most_common()]


def _posts(groups: Sequence[_Group], known: Mapping[int, Organisation]) -> list[tuple[Organisation, str, int]]:
    numbers: Counter[tuple[int, str]] = Counter()
    for one in groups:
        if one.organisation is not None:
            numbers[one.organisation, one.role] += one.number
    return [(known[place], role, number) for (place, role), number in numbers.most_common()]
