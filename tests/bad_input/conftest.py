"""Every test collects into a lake of its own, with scratch space of its own that must be empty afterwards."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from suixin.data.access import engine
from suixin.data.lake import snapshots
from tests.bad_input.state import require_tidy


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Path]:
    """The folder of the lake, empty; when the test is over nothing half-written and no scratch is left."""
    folder, scratch = tmp_path / "lake", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, lake=folder, home=tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    snapshots.forget_snapshots()
    engine.close_all()
    yield folder
    require_tidy()
    assert [path.name for path in scratch.iterdir()] == []
