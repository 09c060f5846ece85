"""A lake of its own for the real files, and the organisations that provide them."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from suixin.cities.loader import load_city
from suixin.data.access import engine
from suixin.data.lake import snapshots
from suixin.ground.people.actions import load_organisations


@pytest.fixture
def city_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Path:
    """An empty lake of a city whose organisations are known."""
    folder = tmp_path / "lake"
    folder.mkdir()
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, lake=folder, home=tmp_path))
    snapshots.forget_snapshots()
    engine.close_all()
    load_organisations(load_city(settings.SUIXIN.city).organisations_path)
    return folder
