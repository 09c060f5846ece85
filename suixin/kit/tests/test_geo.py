"""Outlines of divisions."""

from pathlib import Path

import orjson

from suixin.kit.geo import BYTES_LIMIT, bbox, outlines

SUINING = ("510900", "510903", "510904", "510921", "510923", "510981")


def test_outlines_of_a_city_are_small_and_where_they_should_be(tmp_path: Path) -> None:
    found = outlines(SUINING, cache=tmp_path)
    assert [feature["id"] for feature in found["features"]] == list(SUINING)
    assert len(orjson.dumps(found)) <= BYTES_LIMIT
    box = bbox(found)
    assert box is not None
    assert 105.0 < box[0] < box[2] < 106.1
    assert 30.1 < box[1] < box[3] < 31.3
    assert outlines(SUINING, cache=tmp_path) == found


def test_codes_without_outline_are_left_out() -> None:
    assert outlines(["510903001", "../../x", "999999"])["features"] == []
    assert bbox({"type": "FeatureCollection", "features": []}) is None
