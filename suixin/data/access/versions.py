"""Which version a reader reads: the lake's snapshots, for those who may not read the lake themselves."""

from suixin.data.lake import delta, snapshots
from suixin.data.lake.snapshots import Snapshot


def pinned(table: str, version: int | None = None) -> Snapshot:
    """The table at `version`, the newest by default; give it to a plan. Raises UnknownTable."""
    return snapshots.snapshot(table, version)


def newest_version(table: str) -> int:
    """Number of the newest version. Raises UnknownTable."""
    return pinned(table).version


def row_count(table: str) -> int:
    """Exact number of rows of the newest version, without a scan; 0 for a table that has none yet."""
    return pinned(table).rows if delta.exists(table) else 0
