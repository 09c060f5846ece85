"""What landing leaves of a batch for the duplicate radar: once, also after a crash, and nothing that tells a value."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake.models import Batch
from suixin.data.quality.models import ItemSketch, SketchedBatch, SketchRank
from suixin.data.quality.radar import keeping, ranking, scanning, sketching
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = (
    ItemSpec("plate", "车牌号", ItemType.TEXT, 12, is_key=True, nullable=False),
    ItemSpec("owner", "车主地址", ItemType.TEXT, 60, level=Level.L4, is_sealed=True),
    ItemSpec("seats", "座位数", ItemType.INTEGER, 4),
)


def _rows(first: int, last: int) -> str:
    lines = [f"川J{n * 7919 % 100000:05d},某街{n}号{n * 31}栋,{n % 9}" for n in range(first, last)]
    return "车牌号,车主地址,座位数\n" + "\n".join(lines) + "\n"


def _bring(tmp_path: Path, resource: Resource, text: str, name: str) -> Batch:
    path = tmp_path.parent / f"{tmp_path.name}-in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    actions.run_feed(path, actor=SYSTEM, resource=resource)
    return Batch.objects.landed().first()  # type: ignore[return-value]  # there is one


def _kept(resource: Resource) -> Sequence[tuple[object, ...]]:
    return list(resource.sketches.order_by("field").values_list("field", "rows", "distinct", "is_telling", "ranks"))


@pytest.fixture
def cars(tmp_path: Path) -> Resource:
    resource = factories.published("cars", ITEMS)
    _bring(tmp_path, resource, _rows(0, 300), "一.csv")
    return resource


def test_a_batch_leaves_a_sketch_of_each_item(cars: Resource) -> None:
    sketches = {one.field: one for one in cars.sketches.all()}
    assert {field: one.rows for field, one in sketches.items()} == {"plate": 300, "owner": 300, "seats": 300}
    assert {field for field, one in sketches.items() if one.is_telling} == {"plate", "owner"}
    assert abs(sketches["plate"].distinct - 300) < 60
    assert SketchRank.objects.filter(sketch=sketches["plate"]).count() == keeping.POSTED
    assert sketches["owner"].shape["patterns"] == []


def test_batches_add_up_whatever_their_portions(cars: Resource, tmp_path: Path) -> None:
    _bring(tmp_path, cars, _rows(200, 500), "二.csv")
    whole = factories.published("all_cars", ITEMS)
    _bring(tmp_path, whole, _rows(0, 500), "三.csv")
    ranks = {one.field: bytes(one.ranks) for one in cars.sketches.all()}
    assert ranks == {one.field: bytes(one.ranks) for one in whole.sketches.all()}


def test_the_same_batch_counts_once(cars: Resource, tmp_path: Path) -> None:
    before = _kept(cars)
    batch = Batch.objects.get()
    assert not keeping.sketch_from_lake(batch)
    _bring(tmp_path, cars, _rows(0, 300), "一.csv")
    assert _kept(cars) == before


def test_what_a_crash_left_out_is_read_again_from_the_lake(cars: Resource) -> None:
    before = _kept(cars)
    ItemSketch.objects.all().delete()
    SketchedBatch.objects.all().delete()
    assert list(keeping.sketch_missing()) == [Batch.objects.get()]
    assert _kept(cars) == before
    assert list(keeping.sketch_missing()) == []


def test_a_fault_of_the_sketch_never_costs_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketching.Sketcher, "add", lambda *_: 1 / 0)
    batch = _bring(tmp_path, factories.published("cars", ITEMS), _rows(0, 50), "一.csv")
    assert (batch.accepted, ItemSketch.objects.filter(rows__gt=0).count()) == (50, 0)
    monkeypatch.undo()


def test_ranks_differ_from_installation_to_installation(cars: Resource) -> None:
    ranker = ranking.ranker()
    other = ranking.Ranker(bytes(40), ranker.scheme)
    assert other.rank("川J00001", 1 << 63) != ranker.rank("川J00001", 1 << 63)


def test_nothing_is_left_of_an_entry_that_is_withdrawn(cars: Resource) -> None:
    catalog.withdraw_resource(cars, actor=SYSTEM, reason="不再提供")
    scanning.scan_one(Resource.objects.get())
    assert (ItemSketch.objects.count(), SketchRank.objects.count(), SketchedBatch.objects.count()) == (0, 0, 0)
