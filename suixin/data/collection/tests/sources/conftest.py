"""Every test may reach this machine, and has a folder for files that sources give."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def reach(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that sources may be read from; loopback is allowed, as an installation would allow its own network."""
    folder = tmp_path / "incoming"
    folder.mkdir()
    monkeypatch.setattr(
        settings, "SUIXIN", replace(settings.SUIXIN, source_networks=("127.0.0.0/8",), source_folders=(str(folder),))
    )
    return folder
