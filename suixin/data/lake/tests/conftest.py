"""Every test has a lake of its own."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from suixin.data.lake import snapshots
from suixin.data.lake.tests import factories


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch):
    """The folder of the lake, empty."""
    folder = tmp_path / "遂宁" / "lake"
    folder.mkdir(parents=True)
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, lake=folder))
    snapshots.forget_snapshots()
    return folder


@pytest.fixture
def typed_index(lake):
    """An index over a key of integer, date and decimal."""
    return factories.make_typed_index()
