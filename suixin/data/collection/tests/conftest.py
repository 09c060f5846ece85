"""Every test collects into a lake of its own."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from suixin.data.access import engine
from suixin.data.lake import snapshots


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the lake, empty."""
    folder = tmp_path / "lake"
    folder.mkdir()
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, lake=folder, home=tmp_path))
    snapshots.forget_snapshots()
    engine.close_all()
    return folder
