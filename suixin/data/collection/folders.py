"""A folder of files: which tables are one resource, which form a group, and bringing them all.

Per folder: tables with the same columns are one resource. What remains, when it is many small tables that differ,
becomes one group of the catalogue instead of a flood of entries. A tree of folders with nothing but small files
is one group, named after its topmost folder.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.drafts import NOT_ASSESSED, Assessed
from suixin.data.collection import actions, matching, naming
from suixin.data.collection.actions import Brought, Report
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.collection.recognising import known_outcome
from suixin.ground.security import policy
from suixin.kit import names
from suixin.kit.actor import Actor

MANY_TABLES = 10  # differing tables of one folder from which a group is made
TREE_FILES = 20  # files of a tree from which it is one group
SMALL_BYTES = 262_144  # a file up to this size is small
SMALL_SHARE = 0.9

Progress = Callable[[int, int], None]


def collect_folder(
    folder: Path, *, actor: Actor, accept: Assessed = NOT_ASSESSED, report: Report | None = None
) -> list[FileOutcome]:
    """What became of every table of every file below `folder`, folder by folder, in name order."""
    outcomes: list[FileOutcome] = []
    directories = list(_directories(folder))
    for directory, files in directories:
        scope = directory.relative_to(folder).as_posix() if directory != folder else folder.name
        tree = _tree_of(directory, directories, folder)
        group = _tree_group(tree.relative_to(folder).as_posix(), actor) if tree else ""
        outcomes += collect_files(
            files, root=folder, scope=scope, actor=actor, accept=accept, report=report, tree_group=group
        )
    return outcomes


def collect_files(
    files: Sequence[Path],
    *,
    root: Path,
    scope: str,
    actor: Actor,
    accept: Assessed = NOT_ASSESSED,
    report: Report | None = None,
    tree_group: str = "",
) -> list[FileOutcome]:
    """What became of the tables of the files of one folder; all of them join `tree_group` when there is one."""
    policy.require(actor, "collection.run", None)
    told = {path: known_outcome(path, path.relative_to(root).as_posix(), actor=actor) for path in files}
    outcomes = [outcome for outcome in told.values() if outcome]
    files = [path for path in files if not told[path]]
    with actions.opened_files(files, root=root, scope=scope, actor=actor) as opened:
        outcomes += opened.refused
        families = _families(opened.brought)
        group = tree_group or _group_slug(families, files, scope, actor)
        for family in families:
            own = group if len(family) == 1 or tree_group else ""
            outcomes += actions.bring(family, actor=actor, accept=accept, group=own)
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
    small = sum(_size(path) <= SMALL_BYTES for path in files)
    if len(single) < MANY_TABLES or small < SMALL_SHARE * len(files):
        return ""
    title = naming.group_title(scope, [path.name for path in files])
    tables = "、".join(dict.fromkeys(family[0].table.name for family in single[:6]))
    return catalog.ensure_group(
        names.slugify(scope.replace("/", " ")) or "group",
        title,
        actor=actor,
        abstract=f"{title}:{len(single)} 张结构各不相同的小表,如{tables}等。来源:{scope}。",
    ).slug


def _tree_of(directory: Path, directories: Sequence[tuple[Path, list[Path]]], folder: Path) -> Path | None:
    """The topmost folder over `directory`, below `folder`, that holds only small files in several folders."""
    above = [parent for parent in (directory, *directory.parents) if folder in parent.parents]
    for tree in reversed(above):
        inside = [(place, files) for place, files in directories if place == tree or tree in place.parents]
        files = [file for _, some in inside for file in some]
        if len(inside) > 1 and len(files) >= TREE_FILES and all(_size(f) <= SMALL_BYTES for f in files):
            return tree
    return None


def _size(path: Path) -> int:
    """Bytes of the file; 0 when it is gone, which opening will tell."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _tree_group(scope: str, actor: Actor) -> str:
    title = naming.group_title(scope, ["", scope])
    return catalog.ensure_group(
        names.slugify(scope.replace("/", " ")) or "group",
        title,
        actor=actor,
        abstract=f"{title}:按子目录分类的小表,每张表一个指标或一类指标。来源:{scope}。",
    ).slug
