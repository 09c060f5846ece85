"""The fast lane decides nothing: what it calls plain, the expressions read the same, without a rule and a fault."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.data.catalog.contract import ItemSpec
from suixin.data.quality import lanes
from suixin.data.quality.judge import Judge
from suixin.data.quality.plain import type_plain
from suixin.data.quality.tests.factories import contract, item

ITEMS = [
    item("n", "I", length=4),
    item("n", "I"),
    item("n", "N", length=6, scale=2),
    item("n", "N", length=24, scale=3, unit="万元"),
    item("n", "B"),
    item("n", "D", nullable=False),
    item("n", "T"),
    item("n", "C", length=5),
    item("n", "C", length=2, is_key=True),
    item("区划代码", "C", length=12, sensitive="uscc"),
    item("n", "C", length=18, sensitive="uscc"),
]
CELLS = (
    st.text(alphabet="0123456789-.", max_size=8)
    | st.integers(-(10**20), 10**20).map(str)
    | st.decimals(-10000, 10000, places=2).map(str)
    | st.dates().map(str)
    | st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S"))
    | st.text(alphabet="遂宁市 \u3000\u00a0\u200bＡa　、‐", max_size=6)
    | st.sampled_from(
        ["", "NA", "—", "-", "null", "91350100M000100Y43", "5109.0", "2022-02-30", "1e5", "0x1F", "+5", "１"]
    )
    | st.none()
)


def judged_both_ways(agreed: ItemSpec, cells: list[str | None], patch: pytest.MonkeyPatch) -> list[list[object]]:
    """Values, reason masks and applied rules with the fast lane and without."""
    batch = pa.record_batch({agreed.name: pa.array(cells, pa.string())})
    answers = []
    for lane in (type_plain, lambda *_: None):
        patch.setattr(lanes, "type_plain", lane)
        typed = Judge(contract(agreed)).typed(batch)
        nothing = [0] * len(cells)
        masks = [mask[0].tolist() if 0 in mask else nothing for mask in (typed.masks, typed.applied)]
        answers.append([typed.values[0].type, typed.values[0].to_pylist(), *masks])
    return answers


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ITEMS), st.lists(CELLS, min_size=1, max_size=12))
def test_both_lanes_read_every_cell_alike(agreed: ItemSpec, cells: list[str | None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fast, slow = judged_both_ways(agreed, cells, patch)
    assert fast == slow


@pytest.mark.parametrize("agreed", ITEMS)
def test_a_slice_of_a_column_is_read_as_the_column_is(agreed: ItemSpec) -> None:
    cells = pa.array(["x", None, "12", "2022-03-01", "2022-03-01 08:30:00", "ab", "1.50"], pa.string())
    for start in range(len(cells)):
        whole = type_plain(agreed, pa.array(cells[start:].to_pylist(), pa.string()))
        part = type_plain(agreed, cells.slice(start))
        assert (whole is None) == (part is None)
        assert whole is None or part is None or whole.values.equals(part.values)
