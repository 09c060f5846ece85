"""What a module keeps in files beside the control database, told to whoever backs it up.

A module registers one Holding when it is ready. A backup asks it, inside its one database snapshot, which files
belong to that very instant; a restore asks it to drop what belonged to processes that are gone, and to prove
its receipts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# Rows of a model as they were at the snapshot: ("lake", "Batch", columns) -> tuples
Rows = Callable[[str, str, tuple[str, ...]], Iterable[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class HeldFile:
    """One file: its name inside the holding (relative, with /), and where it lies now. It never changes.

    `may_go`: it is taken away when it has served; a backup that no longer finds it does without.
    """

    path: str
    source: Path
    may_go: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a holding is at one instant: versions by name (for people and for the manifest), and its files."""

    versions: dict[str, int]
    files: tuple[HeldFile, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing proven after a restore, or a sentence that says what is wrong with it."""

    subject: str
    told: str
    fault: str = ""


class Holding(Protocol):
    """What a module offers. `name` is the holding's folder in a backup."""

    name: str

    def root(self) -> Path:
        """The folder that the files' names are relative to."""

    def held(self, rows: Rows) -> Held:
        """Versions and files that belong to the instant of `rows`."""

    def settle(self) -> str:
        """Drop what belonged to processes of the installation that was copied; a sentence, or ""."""

    def proofs(self, *, has_keys: bool) -> Iterator[Proof]:
        """Every receipt, looked at; without keys as far as that goes."""


_holdings: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Make the holding known; the same name again replaces it."""
    _holdings[holding.name] = holding


def all_holdings() -> tuple[Holding, ...]:
    """Every holding, sorted by name."""
    return tuple(_holdings[name] for name in sorted(_holdings))
