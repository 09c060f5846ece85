"""A folder of files: which tables are one resource, which form a group, and bringing them all.

Per folder: tables with the same columns are one resource. What remains, when it is many small tables that differ,
becomes one group of the catalogue instead of a flood of entries.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from suixin.data.catalog import actions as catalog
from suixin.data.collection import actions, matching
from suixin.data.collection.actions import Brought, Report
from suixin.data.collection.outcomes import FileOutcome
from suixin.kit import names
from suixin.kit.actor import Actor

MANY_TABLES = 10  # differing tables of one folder from which a group is made
SMALL_BYTES = 262_144  # a file up to this size is small
SMALL_SHARE = 0.9

Progress = Callable[[int, int], None]


def collect_folder(
    folder: Path, *, actor: Actor, accept: bool = False, report: Report | None = None
) -> list[FileOutcome]:
    """What became of every table of every file below `folder`, folder by folder, in name order."""
    outcomes: list[FileOutcome] = []
    for directory, files in _directories(folder):
        scope = directory.relative_to(folder).as_posix() if directory != folder else folder.name
        outcomes += collect_files(files, root=folder, scope=scope, actor=actor, accept=accept, report=report)
    return outcomes


def collect_files(
    files: Sequence[Path], *, root: Path, scope: str, actor: Actor, accept: bool = False, report: Report | None = None
) -> list[FileOutcome]:
    """What became of the tables of the files of one folder."""
    outcomes: list[FileOutcome] = []
    with actions.opened_files(files, root=root, scope=scope, actor=actor) as opened:
        outcomes += opened.refused
        families = _families(opened.brought)
        group = _group_slug(families, files, scope, actor)
        for family in families:
            outcomes += actions.bring(family, actor=actor, accept=accept, group=group if len(family) == 1 else "")
    for outcome in outcomes:
        if report:
            report(outcome)
    return outcomes


def _directories(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    by_directory: defaultdict[Path, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            by_directory[path.parent].append(path)
    yield from sorted(by_directory.items())


def _families(brought: Sequence[Brought]) -> list[list[Brought]]:
    """Tables by their columns; tables of one and the same file stay apart unless other files have them too."""
    families: dict[str, list[Brought]] = {}
    for one in brought:
        families.setdefault(matching.signature(one.table.columns), []).append(one)
    return list(families.values())


def _group_slug(families: Sequence[Sequence[Brought]], files: Sequence[Path], scope: str, actor: Actor) -> str:
    single = [family for family in families if len(family) == 1]
    small = sum(path.stat().st_size <= SMALL_BYTES for path in files)
    if len(single) < MANY_TABLES or small < SMALL_SHARE * len(files):
        return ""
    title = scope.replace("/", " ")
    return catalog.ensure_group(
        names.slugify(title) or "group",
        title,
        actor=actor,
        abstract=f"文件夹“{scope}”中 {len(single)} 张结构各不相同的小表。",
    ).slug
