"""Decimals that an indicator's rows keep exactly go into a backup as they are."""

import json
from decimal import Decimal

from suixin.data.insight.models import Value
from suixin.data.insight.numbers import ExactDecoder
from suixin.site.backup import rows


def test_decimals_in_json_are_written_exactly() -> None:
    exact = [[Decimal("1.10"), "船山区"]]
    line = json.loads(rows._line(rows._told(Value._meta.get_field("rows"), exact)))
    assert json.loads(line["v"], cls=ExactDecoder) == exact


def test_plain_json_is_written_as_it_is() -> None:
    assert rows._told(Value._meta.get_field("versions"), {"school": 1}) == {"school": 1}
