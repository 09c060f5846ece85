"""All of Django that connectors and readers need on a front machine: where they may go, and a place for scratch.

The file of settings is written by the machine's own administrator, so every address in it may be reached, and only the
folders in it. There is no database of Django, no model, no application.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings as django

from suixin.site.agent.settings import Settings

EVERYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class Reach:
    """What stands where the base has its settings."""

    home: Path
    lake: Path
    source_networks: tuple[str, ...]
    source_folders: tuple[str, ...]


def open_reach(settings: Settings) -> None:
    """Make it so; once in a process."""
    scratch = settings.path(settings.state) / "scratch"
    files = [Path(one.address.removeprefix("sqlite://")).parent for one in settings.database.values() if one.address.startswith("sqlite")]
    folders = [settings.path(one.path) for one in settings.folder.values()]
    if not django.configured:
        django.configure(SUIXIN=Reach(scratch, scratch, EVERYWHERE, tuple(map(str, [*files, *folders]))), USE_TZ=True)


def clear_scratch(settings: Settings) -> None:
    """Remove what a killed process left behind in the clear; only under the lock."""
    shutil.rmtree(settings.path(settings.state) / "scratch", ignore_errors=True)
