"""A second place of its own for each test, and an empty log."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from suixin.ground.audit import refusals
from suixin.ground.audit.models import Anchor, Pending, Record, Seal


@pytest.fixture
def second_place(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of anchors; nothing is on record yet."""
    refusals.flush()
    for model in (Record, Pending, Seal, Anchor):
        model.objects.all().delete()
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, anchors=tmp_path / "anchors"))
    return tmp_path / "anchors"
