"""The radar's runs: all entries, or one of them against the rest; findings written as the evidence stands.

Open       a finding whose evidence is gone is removed; one that stands is told anew
Decided    stays as it was decided; dismissed, it is open again only when its evidence has changed (`rules.has_changed`)
Settled    no finding where the item names its source department already and that is the other's (一数一源 is reached)
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from suixin.data.catalog.models import Dependence, Item, Resource
from suixin.data.quality.models import DuplicateFinding, FindingState, ItemSketch
from suixin.data.quality.radar import candidates, keeping, kmv, names, ranking, rules
from suixin.data.quality.radar.rules import EntryView, ItemView, Match, Standing
from suixin.kit import clock

Progress = Callable[[int, int], None]  # pairs of entries compared, of how many
HELD = 2_000  # entries kept in memory between comparisons
PORTION = 200
LEAST_LIKENESS = rules.NEAR_NAME


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a run did: pairs of entries compared, findings new, told anew, gone."""

    compared: int = 0
    fresh: int = 0
    kept: int = 0
    gone: int = 0

    @property
    def sentence(self) -> str:
        """The run in words."""
        return f"比对目录 {self.compared:,} 对，新发现重复信息项 {self.fresh:,} 对，仍在 {self.kept:,} 对，消失 {self.gone:,} 对。"


def scan_all(progress: Progress | None = None) -> Scanned:
    """Every entry in force against every other, after what is missing was sketched."""
    for one in keeping.worn_out():
        keeping.sketch_again(one)
    for _ in keeping.sketch_missing():
        pass
    _register_missing()
    providers = dict(Resource.objects.published().values_list("pk", "provider"))
    pairs = candidates.among_all(providers)
    views, fresh, kept = _Views(), 0, 0
    seen: set[int] = set()
    for start in range(0, len(pairs), PORTION):
        part = pairs[start : start + PORTION]
        views.load({pk for pair in part for pk in pair})
        found = [(pair, match) for pair in part for match in matches_of(views[pair[0]], views[pair[1]])]
        told = _write(found)
        fresh, kept = fresh + len(told.fresh), kept + len(told.kept)
        seen |= {*told.fresh, *told.kept}
        if progress:
            progress(min(start + PORTION, len(pairs)), len(pairs))
    gone = _drop(DuplicateFinding.objects.all(), seen)
    return Scanned(len(pairs), fresh, kept, gone)


def scan_one(resource: Resource) -> Scanned:
    """One entry against those that may hold the same."""
    keeping.register_items(resource)
    own = DuplicateFinding.objects.filter(Q(left=resource) | Q(right=resource))
    if not Resource.objects.published().filter(pk=resource.pk).exists():
        return Scanned(gone=_drop(own, set()))
    keys = list(resource.sketches.values_list("name_key", flat=True))
    known = {pk for pair in own.values_list("left", "right") for pk in pair} - {resource.pk}
    sought = known | set(candidates.of_one(resource, keys))
    others = set(Resource.objects.published().filter(pk__in=sought).values_list("pk", flat=True))
    views = _Views()
    views.load({resource.pk, *others})
    pairs = [(min(resource.pk, other), max(resource.pk, other)) for other in sorted(others)]
    told = _write([(pair, match) for pair in pairs for match in matches_of(views[pair[0]], views[pair[1]])])
    gone = _drop(own, {*told.fresh, *told.kept})
    return Scanned(len(pairs), len(told.fresh), len(told.kept), gone)


def matches_of(left: EntryView, right: EntryView) -> list[Match]:
    """The pairs of two entries that hold the same thing."""
    return rules.compare(left, right, likenesses(left, right))


def likenesses(left: EntryView, right: EntryView) -> dict[tuple[str, str], int]:
    """How near the names of their items are, as far as that matters."""
    found = {
        (one.field, other.field): names.likeness(one.name, other.name)
        for one in left.items for other in right.items if rules.agree(one, other)
    }
    return {pair: near for pair, near in found.items() if near >= LEAST_LIKENESS}


class _Views(OrderedDict[int, EntryView]):
    """Entries with their sketches, the most recently used ones."""

    def load(self, wanted: Iterable[int]) -> None:
        """These are there from now on; three queries."""
        wanted = set(wanted)
        for pk in wanted & self.keys():
            self.move_to_end(pk)
        missing = wanted - self.keys()
        self.update(views_of(missing) if missing else {})
        while len(self) > max(HELD, len(wanted)):
            self.popitem(last=False)


def views_of(pks: Iterable[int]) -> dict[int, EntryView]:
    """Entries as the radar sees them."""
    wanted, scheme = list(pks), ranking.fast_hash()
    sketches = {(one.resource_id, one.field): one for one in ItemSketch.objects.filter(resource__in=wanted)}
    items: dict[int, list[ItemView]] = {pk: [] for pk in wanted}
    for item in Item.objects.filter(resource__in=wanted, is_secret=False):
        items[item.resource_id].append(view_of(item, sketches.get((item.resource_id, item.field)), scheme))
    titles = dict(Resource.objects.filter(pk__in=wanted).values_list("pk", "title"))
    return {pk: EntryView(pk, tuple(held), titles.get(pk, "")) for pk, held in items.items()}


def view_of(item: Item, sketch: ItemSketch | None, scheme: str) -> ItemView:
    """One item as the radar sees it."""
    known = sketch if sketch is not None and sketch.scheme == scheme else None
    return ItemView(
        item.field, item.name, names.key_of(item.name), rules.family_of(item.type, item.scale), item.code_set, item.is_key,
        known.is_telling if known else False, known.rows - known.nulls if known else 0, known.distinct if known else 0,
        kmv.unpacked(bytes(known.ranks)) if known else kmv.NOTHING,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    fresh: Sequence[int]
    kept: Sequence[int]


@transaction.atomic
def _write(found: Sequence[tuple[tuple[int, int], Match]]) -> _Told:
    if not found:
        return _Told((), ())
    entries = {pk for pair, _ in found for pk in pair}
    held = {
        (one.left_id, one.left_field, one.right_id, one.right_field): one
        for one in DuplicateFinding.objects.select_for_update().filter(left__in=entries, right__in=entries).order_by("pk")
    }  # locked, so that what is decided meanwhile is not told over
    standings, sources = _standings(entries), _sources(entries)
    fresh: list[DuplicateFinding] = []
    kept: list[DuplicateFinding] = []
    for (left, right), match in found:
        if _is_settled(sources, (left, match.left.field), (right, match.right.field)):
            continue
        row = held.get((left, match.left.field, right, match.right.field))
        if row is None:
            fields = {"left_field": match.left.field, "right_field": match.right.field}
            row = DuplicateFinding(left_id=left, right_id=right, found_at=clock.now(), **fields)
            fresh.append(row)
        else:
            kept.append(row)
        _tell(row, match, standings[left], standings[right])
    DuplicateFinding.objects.bulk_create(fresh)
    DuplicateFinding.objects.bulk_update(kept, _TOLD, batch_size=100)
    return _Told([one.pk for one in fresh], [one.pk for one in kept])


_TOLD = ["overlap", "overlap_low", "overlap_high", "likeness", "same_codes", "score", "sentence", "proposed", "proposed_why", "state"]


def _tell(row: DuplicateFinding, match: Match, left: Standing, right: Standing) -> None:
    """The row as the evidence stands; one that was decided keeps what it was decided on, unless that has changed."""
    overlap = None if match.share is None else round(100 * match.share.value)
    now = overlap, match.likeness, match.same_codes
    if row.state == FindingState.DISMISSED:
        if not rules.has_changed((row.overlap, row.likeness, row.same_codes), now):
            return
        row.state = FindingState.OPEN
    if row.state == FindingState.CONFIRMED:
        return
    row.overlap, row.likeness, row.same_codes = now
    row.overlap_low = None if match.share is None else int(100 * match.share.low)
    row.overlap_high = None if match.share is None else -int(-100 * match.share.high // 1)
    row.score, row.sentence = match.score, match.sentence
    row.proposed_id, row.proposed_why = rules.propose_source(left, right)


def _standings(entries: Iterable[int]) -> dict[int, Standing]:
    """What speaks for each entry as the source."""
    wanted = list(entries)
    uses = dict(Dependence.objects.filter(resource__in=wanted).order_by().values_list("resource").annotate(n=Count("pk")))
    rows = dict(ItemSketch.objects.filter(resource__in=wanted).order_by().values_list("resource").annotate(n=Max("rows")))
    return {
        one.pk: Standing(one.pk, rows.get(one.pk, 0), uses.get(one.pk, 0), one.publish_date, one.source_department_id == one.provider_id)
        for one in Resource.objects.filter(pk__in=wanted)
    }


def _sources(entries: Iterable[int]) -> Mapping[tuple[int, str], tuple[str, str]]:
    """Of each item the department that it names as its source, and who provides it, by credit code."""
    rows = Item.objects.filter(resource__in=list(entries)).values_list(
        "resource", "field", "source_department", "resource__source_department__uscc", "resource__provider__uscc"
    )
    return {(entry, field): (own or whole or "", provider) for entry, field, own, whole, provider in rows}


def _is_settled(sources: Mapping[tuple[int, str], tuple[str, str]], left: tuple[int, str], right: tuple[int, str]) -> bool:
    (named, provider), (other_named, other_provider) = sources.get(left, ("", "")), sources.get(right, ("", ""))
    return (named == other_provider != "") or (other_named == provider != "")


def _drop(among: QuerySet[DuplicateFinding], seen: set[int]) -> int:
    """How many open findings were removed, of those not seen any more."""
    gone = [pk for pk in among.filter(state=FindingState.OPEN).values_list("pk", flat=True) if pk not in seen]
    for start in range(0, len(gone), PORTION):
        # asked again: one may have been decided since it was read
        DuplicateFinding.objects.filter(pk__in=gone[start : start + PORTION], state=FindingState.OPEN).delete()
    return len(gone)


def _register_missing() -> None:
    """Items of entries in force that no sketch knows yet."""
    bare = list(Resource.objects.published().filter(sketches=None).values_list("pk", flat=True))
    for start in range(0, len(bare), PORTION):
        some = Item.objects.filter(resource__in=bare[start : start + PORTION]).values_list("resource", "field", "name")
        ItemSketch.objects.bulk_create(
            [ItemSketch(resource_id=pk, field=field, name_key=names.key_of(name), updated_at=clock.now()) for pk, field, name in some],
            ignore_conflicts=True,
        )
