"""Rules that look beyond one row: references, repeats, meters, sums, freshness; pinned, counted, never passed for want of data."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.contract import ItemSpec, ItemType, Level, Rule
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories as catalogue
from suixin.data.lake.tests import factories as lake
from suixin.data.quality.errors import RelationMissing
from suixin.data.quality.tests.factories import contract, item, judged, table
from suixin.kit import clock

pytestmark = pytest.mark.django_db
KEYED = (ItemSpec("id", "编号", ItemType.TEXT, 10, is_key=True, nullable=False), ItemSpec("total", "合计", ItemType.INTEGER))
REFERENCE: dict[str, object] = {"items": ["k"], "table": "others", "keys": ["id"]}


def rule(kind: str, severity: str = "reject", /, **parameters: object) -> Rule:
    return Rule("r", "", "不符", "consistency", severity, kind, "t", parameters)


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with node_at(tmp_path, monkeypatch):
        yield tmp_path


def held(name: str, items: tuple[ItemSpec, ...], rows: list[dict[str, object]], sm3: str = "a") -> Resource:
    resource = Resource.objects.filter(table=name).first() or catalogue.published(name, items)
    lake.land(resource, pa.Table.from_pylist(rows, schema=pa.schema([pa.field(i.field, i.arrow_type) for i in items])), sm3=sm3)
    return resource


def test_a_value_that_the_other_resource_lacks_is_rejected_and_its_version_recorded(node: Path) -> None:
    held("others", KEYED, [{"id": "a", "total": 1}, {"id": "b", "total": 2}])
    agreed = contract(item("k", "C", length=10), rules=[rule("reference", **REFERENCE)])
    rows, rejects, verdict = judged(agreed, table({"k": ["a", "x", None, "b"]}, batch_rows=2))
    assert ([row["k"] for row in rows], [one.row for one in rejects]) == (["a", None, "b"], [2])
    assert verdict.rules["r"] == {"severity": "reject", "b": 4, "failed": 1, "table": "others", "version": 1}
    assert verdict.counts["0105"] == verdict.counts["0402"] == {"mark": 75.0, "a": 3, "b": 4}


def test_a_sealed_key_is_referred_to_by_its_blind_index(node: Path) -> None:
    held("others", (ItemSpec("id", "编号", ItemType.TEXT, 10, is_key=True, nullable=False, level=Level.L3, is_sealed=True),), [{"id": "a"}])
    agreed = contract(item("k", "C", length=10), rules=[rule("reference", **REFERENCE)])
    assert [row["k"] for row in judged(agreed, table({"k": ["a", "x"]}))[0]] == ["a"]


def test_without_data_to_compare_a_rejecting_rule_refuses_and_a_marking_one_tells(node: Path) -> None:
    agreed = contract(item("k", "C"), rules=[rule("reference", **REFERENCE)])
    with pytest.raises(RelationMissing, match="还没有数据"):
        judged(agreed, table({"k": ["a"]}))
    rows, _, verdict = judged(contract(item("k", "C"), rules=[rule("reference", "mark", **REFERENCE)]), table({"k": ["a"]}))
    assert (len(rows), verdict.rules["r"]["b"], "0105" in verdict.counts) == (1, 0, False)
    assert "无法检查" in verdict.notes[-1]


def test_a_repeat_is_found_across_batches_and_against_rows_at_rest(node: Path) -> None:
    items = (ItemSpec("id", "编号", ItemType.TEXT, 10, is_key=True, nullable=False), ItemSpec("n", "名", ItemType.TEXT, 10))
    held("try_table", items, [{"id": "a", "n": "old"}, {"id": "b", "n": "kept"}])
    agreed = contract(item("id", "C", is_key=True, nullable=False), item("n", "C"), rules=[rule("unique", items=["n"])])
    told: dict[str, list[object]] = {"id": ["a", "c", "d", "e", "f"], "n": ["old", "kept", "new", "new", None]}
    _, rejects, _ = judged(agreed, table(told, batch_rows=2))
    assert [one.row for one in rejects] == [2, 4]


def test_a_meter_that_falls_is_found_also_against_the_reading_before(node: Path) -> None:
    items = (ItemSpec("m", "表号", ItemType.TEXT, 10), ItemSpec("d", "日期", ItemType.DATE), ItemSpec("v", "读数", ItemType.INTEGER))
    held("try_table", items, [{"m": "a", "d": clock.today() - timedelta(days=900), "v": 50}])
    agreed = contract(item("m", "C"), item("d", "D"), item("v", "I"), rules=[rule("monotonic", group="m", order="d", item="v")])
    days = ["2026-03-01", "2026-01-01", "2026-02-01", "2026-01-01"]
    told: dict[str, list[object]] = {"m": ["a", "a", "a", "b"], "d": list(days), "v": ["60", "40", "70", "1"]}
    _, rejects, _ = judged(agreed, table(told, batch_rows=2))
    assert [one.row for one in rejects] == [1, 2]


def test_sums_of_a_batch_are_held_against_the_other_resource(node: Path) -> None:
    held("others", KEYED, [{"id": "a", "total": 3}, {"id": "b", "total": 9}])
    told = {"group": "g", "item": "v", "table": "others", "other_group": "id", "other_item": "total"}
    agreed = contract(item("g", "C", length=10), item("v", "I"), rules=[rule("total", "mark", **told)])
    rows, _, verdict = judged(agreed, table({"g": ["a", "a", "b", "c"], "v": ["1", "2", "8", "1"]}, batch_rows=1))
    assert (len(rows), verdict.rules["r"]["b"], verdict.rules["r"]["failed"]) == (4, 3, 2)
    assert verdict.counts["0402"]["b"] == 3


def test_an_old_batch_is_not_fresh(node: Path) -> None:
    agreed = contract(item("d", "D"), rules=[rule("fresh", "mark", item="d", days=30)])
    days = [f"{clock.today() - timedelta(days=n)}" for n in (400, 31)]
    verdict = judged(agreed, table({"d": days}))[2]
    assert (verdict.rules["r"]["failed"], verdict.counts["0501"]["b"]) == (1, 1)
    assert "已过 31 天" in str(verdict.rules["r"]["sentence"])


def test_a_marking_rule_counts_without_rejecting(node: Path) -> None:
    agreed = contract(item("n", "I"), rules=[Rule("low", "n >= 0", "为负", "accuracy", "mark"), Rule("high", "n < 9", "太大")])
    rows, rejects, verdict = judged(agreed, table({"n": ["-1", "3", "10"]}, batch_rows=2))
    assert ([row["n"] for row in rows], [one.row for one in rejects]) == ([-1, 3], [3])
    assert (verdict.rules["low"]["failed"], verdict.rules["high"]["failed"]) == (1, 1)
    assert verdict.counts["0301"] == {"mark": 66.6667, "a": 4, "b": 6}
    assert verdict.reasons == {"high": 1}


def test_today_is_the_day_of_judging(node: Path) -> None:
    agreed = contract(item("d", "D"), rules=[Rule("future", "d <= __today", "在将来")])
    told = [f"{clock.today()}", f"{clock.today() + timedelta(days=1)}"]
    assert [one.row for one in judged(agreed, table({"d": told}))[1]] == [2]
