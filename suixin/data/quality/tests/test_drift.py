"""What changed from version to version, and that nothing secret is in a profile."""

from dataclasses import replace
from pathlib import Path
from typing import Any  # what an item is replaced with

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.data.catalog.contract import Level
from suixin.data.lake.models import Batch, VersionProfile
from suixin.data.lake.tests import factories
from suixin.data.lake.tests.conftest import lake  # noqa: F401 the folder of the lake
from suixin.data.quality import version_profiles
from suixin.data.quality.drift import distance, drift_of
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from tests import cast

SHARES = st.lists(st.integers(0, 100), min_size=4, max_size=4).map(
    lambda found: {key: n / (sum(found) + 10) for key, n in zip("abcd", found, strict=True)}
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SHARES, SHARES)
def test_distance_is_a_distance_between_nothing_and_everything(one: dict[str, float], other: dict[str, float]) -> None:
    assert distance(one, one) == 0
    assert distance(one, other) == pytest.approx(distance(other, one))
    assert 0 <= distance(one, other) <= 1 + 1e-9


def _column(**more: object) -> dict[str, object]:
    return {"field": "x", "nulls": 0, "distinct": 10, "values": [["a", 50], ["b", 50]], "quantiles": [0, 1, 2, 3, 4], **more}


@pytest.mark.parametrize(("more", "what"), [
    ({"nulls": 20}, "nulls"), ({"distinct": 90}, "distinct"), ({"values": [["a", 90], ["b", 10]]}, "values"),
    ({"quantiles": [5, 6, 7, 8, 9]}, "median"), ({}, None),
])
def test_each_change_is_told_and_no_change_is_not(more: dict[str, object], what: str | None) -> None:
    found = drift_of([_column()], [_column(**more)], rows_before=100, rows_now=100)
    assert [one.what for one in found] == ([what] if what else [])


def test_few_rows_tell_nothing() -> None:
    assert drift_of([_column()], [_column(nulls=9)], rows_before=10, rows_now=10) == []


@pytest.fixture
def table(lake: Path) -> object:  # noqa: F811 the fixture above
    """A resource with a version of 200 rows."""
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 200), sm3="one")
    return resource


@pytest.mark.django_db(transaction=True)
def test_every_version_is_measured_once_and_compared(table) -> None:
    assert version_profiles.profile_due(actor=SYSTEM) == 1
    assert version_profiles.profile_due(actor=SYSTEM) == 0
    rows = factories.rows(1, 200)
    factories.land(table, rows.set_column(1, "name", pa.array([None] * 200, pa.string())), sm3="two")
    assert version_profiles.profile_due(actor=SYSTEM) == 1
    newest = VersionProfile.objects.first()
    assert newest is not None
    assert (newest.version, newest.rows) == (Batch.objects.latest("pk").table_version, 200)
    told = {one["field"]: one for one in newest.columns}
    assert (told["code"]["nulls"], told["code"]["distinct"], told["name"]["nulls"]) == (0, 200, 200)
    assert told["code"]["patterns"] == [["A999999999", 200]]
    _, drifts = version_profiles.compared(newest)
    assert ("name", "nulls") in {(one.field, one.what) for one in drifts}


@pytest.mark.django_db(transaction=True)
def test_a_profile_holds_no_value_of_a_secret_item(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    marks: dict[str, dict[str, Any]] = {
        "code": {"is_sealed": True}, "name": {"level": Level.L3}, "amount": {"mask": "amount"}, "day": {"sensitive": "birthday"},
    }
    specs = tuple(replace(spec, **marks.get(spec.field, {})) for spec in factories.SPECS)
    monkeypatch.setattr(factories, "SPECS", specs)
    resource = factories.make_resource("people")
    factories.land(resource, factories.rows(1, 60), sm3="one")
    version_profiles.profile_due(actor=SYSTEM)
    told = VersionProfile.objects.get().columns
    for column in told[:4]:
        assert set(column) <= {"field", "nulls", "distinct", "patterns", "sampled"}, column
    assert not any(text in str(told[:4]) for text in ("k00000", "2020-", "1.25"))


@pytest.mark.django_db
def test_only_the_system_measures() -> None:
    with pytest.raises(NotAllowed):
        version_profiles.profile_due(actor=cast.clerk)
