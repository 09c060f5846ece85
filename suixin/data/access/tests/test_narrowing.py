"""Equality on a masked column: what is looked at first never leaves out a row that the mask would have let pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.data.access import plans
from suixin.data.access.models import Door
from suixin.data.access.narrowing import KEEPING, ends_of
from suixin.data.access.query import parse_query
from suixin.data.access.rows import fetch_page
from suixin.data.access.tests.factories import filled, grant, record
from suixin.data.lake.snapshots import snapshot
from suixin.ground.security.masks import MASKS
from suixin.kit.actor import PUBLIC

TEXTS = st.text(max_size=24) | st.text("*0189a@王-", max_size=20) | st.sampled_from(
    ["欧阳锋", "13800000001", "0825-2220112", "四川省遂宁市船山区德水路1号", "z@x.cn", "510903199001010012", "92510903MA62W0000X"]
)  # fmt: skip


@given(mask=st.sampled_from(sorted(KEEPING)), text=TEXTS)
def test_a_text_begins_and_ends_as_its_mask_does(mask: str, text: str) -> None:
    shown = MASKS[mask].apply(text)
    assert shown is not None
    begins, ends = ends_of(shown)
    assert text.startswith(begins)
    assert text.endswith(ends)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parameter", "value"),
    [("phone__exact", "138****0009"), ("phone__in", "138****0009,138****0010,13800000011"), ("name__exact", "张*"), ("phone__exact", "")],
)
def test_rows_of_a_masked_value_are_all_found(parameter: str, value: str) -> None:
    resource = filled(50)
    grant(resource, masks={"phone": "mobile"})
    plan = plans.open_plan(PUBLIC, resource, door=Door.ROWS)
    page = fetch_page(plan, parse_query([(parameter, value), ("page_size", "100")], plan), snapshot(plan.table))
    field = parameter.split("__")[0]
    sought = value.split(",")
    shown = [MASKS["mobile" if field == "phone" else "name"].apply(record(n)[field]) for n in range(50)]
    assert page.total == len(page.rows) == sum(text in sought for text in shown if text is not None)
