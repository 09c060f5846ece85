"""Reading the log: search by index and position, never by counting; where a record stands in the chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from suixin.ground.audit import anchors, chain, keys, store
from suixin.ground.audit.models import Anchor, Pending, Record, Seal
from suixin.kit import clock
from suixin.kit.errors import NotAllowed

_SWEEP = 2_000


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a search asks for; what is empty asks nothing. An action that ends in `.` means all that begin so."""

    since: datetime | None = None
    until: datetime | None = None
    actors: tuple[str, ...] = ()
    organisation: str = ""
    action: str = ""
    object_key: str = ""
    trace_id: str = ""
    code: str = ""
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """A record's position in the order of the log, newest first."""

    at: datetime
    record_id: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in the chain; `number` 0 while it waits. `is_intact` None: nothing to recompute yet."""

    number: int = 0
    digest: str = ""
    previous: str = ""
    anchor: int = 0
    anchored_at: datetime | None = None
    is_intact: bool | None = None


@dataclass(frozen=True, slots=True)
class Integrity:
    """How far the log is sealed and anchored."""

    number: int
    anchored: int
    anchored_at: datetime | None
    waiting: int
    refused: int
    lag_seconds: float


def found(conditions: Conditions, *, before: Position | None = None) -> QuerySet[Record]:
    """Records that meet the conditions, newest first, after the position."""
    wanted = Q()
    if conditions.since:
        wanted &= Q(at__gte=conditions.since)
    if conditions.until:
        wanted &= Q(at__lt=conditions.until)
    if conditions.actors:
        wanted &= Q(actor_key__in=conditions.actors) if len(conditions.actors) > 1 else Q(actor_key=conditions.actors[0])
    if conditions.action.endswith("."):
        wanted &= Q(action__startswith=conditions.action)
    elif conditions.action:
        wanted &= Q(action=conditions.action)
    for name in ("organisation", "object_key", "trace_id", "code"):
        if value := getattr(conditions, name):
            wanted &= Q(**{name: value})
    if conditions.is_refused:
        wanted &= Q(code=NotAllowed.code)
    if before is not None:  # the first part is what the index goes by
        wanted &= Q(at__lte=before.at) & (Q(at__lt=before.at) | Q(id__lt=before.record_id))
    return Record.objects.filter(wanted).order_by("-at", "-id")


def swept(conditions: Conditions) -> Iterator[Record]:
    """Every record that meets the conditions, newest first, read in portions."""
    before: Position | None = None
    while portion := list(found(conditions, before=before)[:_SWEEP]):
        yield from portion
        before = Position(portion[-1].at, portion[-1].pk)


def place_of(record: Record) -> Place:
    """The record's place, recomputed from the database as it is now."""
    seal = Seal.objects.filter(record_id=record.pk).first()
    if seal is None:
        return Place(is_intact=None if Pending.objects.filter(pk=record.pk, refused=False).exists() else False)
    link = store.links(seal.number, seal.number)[0]
    previous = _digest_before(seal.number)
    computed = chain.linked(previous, chain.canonical_json(link.row)) if link.row is not None else b""
    is_intact = computed == link.digest and keys.mac(link.digest) == link.mac
    anchor = Anchor.objects.filter(number__gte=seal.number).order_by("number", "seq").first()
    return Place(
        seal.number, link.digest.hex(), previous.hex(), anchor.seq if anchor else 0, anchor.at if anchor else None, is_intact
    )


def integrity() -> Integrity:
    """How far the log is sealed and anchored now."""
    last = Anchor.objects.order_by("-seq").first()
    waiting = Pending.objects.filter(refused=False)
    oldest = waiting.order_by("pk").values_list("pk", flat=True).first()
    since = Record.objects.filter(pk=oldest).values_list("at", flat=True).first() if oldest else None
    lag = (clock.now() - since).total_seconds() if since else 0.0
    return Integrity(
        store.extent()[1] or (last.number if last else 0), last.number if last else 0, last.at if last else None,
        waiting.count(), Pending.objects.filter(refused=True).count(), max(0.0, lag),
    )


def actions_on_record() -> list[str]:
    """Every action that occurs, found by leaps along its index."""
    names: list[str] = []
    last = ""
    while name := Record.objects.filter(action__gt=last).order_by("action").values_list("action", flat=True).first():
        names.append(name)
        last = name
    return names


def _digest_before(number: int) -> bytes:
    before = Seal.objects.filter(number=number - 1).values_list("digest", flat=True).first()
    if before is not None:
        return bytes(before)
    anchor = Anchor.objects.filter(number=number - 1).order_by("seq").first()
    said = anchors.parsed(anchor.line) if anchor else None
    return said.digest if said else b""
