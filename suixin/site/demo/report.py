"""What the demo tells: a line per file, the verdict on the whole, demo.json."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from suixin.data.collection.outcomes import FileOutcome
from suixin.kit.errors import SuixinError

LISTED = frozenset((
    "csv", "tsv", "txt", "xls", "xlsx", "xlsm", "json", "ndjson", "jsonl", "geojson", "parquet", "sqlite", "sqlite3", "db", "zip",
))
PACKED = frozenset(("gz", "zst", "zstd", "gzip"))
SIGNS = {"landed": "入库", "known": "已有", "refused": "拒收", "proposed": "待确认"}
KEYS = ("path", "resource", "status", "rows_in", "accepted", "rejected", "version", "seconds", "message", "table")


class DemoFailed(SuixinError):
    """A file of a listed format did not land."""

    code = "demo-500"


def line(outcome: FileOutcome) -> str:
    """One outcome as a line of the demo's table."""
    name = outcome.path if outcome.table in ("", PurePosixPath(outcome.path).stem) else f"{outcome.path} [{outcome.table}]"
    counts = f"{outcome.rows_in:>9,} 行 {outcome.accepted:>9,} 合格 {outcome.rejected:>7,} 问题" if outcome.rows_in else ""
    told = outcome.message if outcome.status in ("refused", "proposed") else ""
    return f"  {SIGNS[outcome.status]} {counts} {outcome.seconds:6.2f}s  {name}  {told}".rstrip()


def is_listed(path: str) -> bool:
    """Whether a file of this name claims a format that the product takes."""
    suffixes = [suffix.lstrip(".").lower() for suffix in PurePosixPath(path).suffixes[-2:]]
    if suffixes and suffixes[-1] in PACKED:
        return len(suffixes) == 1 or suffixes[-2] in LISTED
    return bool(suffixes) and suffixes[-1] in LISTED


def failures(outcomes: Sequence[FileOutcome]) -> list[FileOutcome]:
    """Outcomes that a demo must not have: a listed format refused, or a table that waits."""
    return [o for o in outcomes if o.status == "proposed" or (o.status == "refused" and is_listed(o.path))]


def summary(outcomes: Sequence[FileOutcome]) -> str:
    """The outcomes counted."""
    counted = Counter(SIGNS[outcome.status] for outcome in outcomes)
    rows = sum(outcome.rows_in for outcome in outcomes)
    return "、".join(f"{sign} {count}" for sign, count in counted.items()) + f";共 {rows:,} 行"


def write(path: Path, outcomes: Sequence[FileOutcome], **totals: object) -> None:
    """Put demo.json in place at once, never half written."""
    files = [{key: outcome.as_dict()[key] for key in KEYS} for outcome in outcomes]
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps({"files": files, **totals}, ensure_ascii=False, indent=1), "utf-8")
    scratch.replace(path)
