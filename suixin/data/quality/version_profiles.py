"""Every column of a version measured: nulls, different values, spread, commonest values, patterns; kept once a version.

Never    a value of a sensitive, masked, sealed or L3 item: of these only counts, and patterns of those that are not sealed
Pattern  a text with every digit as 9, letter as A, Chinese character as 汉, runs longer than 20 cut; of the first SAMPLED rows
Exact    rows and nulls; the number of different values is estimated (HyperLogLog) in large tables, quantiles too (T-digest)
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from suixin.data.catalog.contract import ItemSpec, Level
from suixin.data.catalog.models import Resource
from suixin.data.lake import engine, storage
from suixin.data.lake.models import Batch, VersionProfile
from suixin.data.lake.profiles import keep_profile
from suixin.data.lake.snapshots import Snapshot, snapshot
from suixin.data.quality.drift import Drift, drift_of
from suixin.data.quality.indicators import NOT_SECRET
from suixin.ground.security import policy
from suixin.kit.actor import Actor

TOP = 8
SAMPLED = 100_000
MOST_DISTINCT = 50_000  # beyond it commonest values tell little and counting them costs much
LONGEST = 60
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_NUMERIC = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)


def profile_due(*, actor: Actor, limit: int = 50, then: Callable[[VersionProfile], object] = lambda _: None) -> int:
    """How many newest versions without a profile were measured; the rest waits for the next time. Raises NotAllowed.

    `then` is told of each new profile.
    """
    policy.require(actor, "quality.profile", None)
    done = 0
    newest = Batch.objects.landed().order_by("resource_id", "-table_version").values_list("resource_id", "table_version")
    wanted: dict[int, int] = {}
    for resource_id, version in newest.iterator():
        wanted.setdefault(resource_id, version or 0)
    held = set(VersionProfile.objects.values_list("resource_id", "version"))
    for resource_id, version in wanted.items():
        if done >= limit or (resource_id, version) in held:
            continue
        if (made := measure(Resource.objects.get(pk=resource_id), version)) is not None:
            then(made)
            done += 1
    return done


def measure(resource: Resource, version: int) -> VersionProfile | None:
    """The version's profile, kept; None when its files are gone already."""
    held = snapshot(resource.table, version)
    if not all(Path(path).exists() for path in held.paths):
        return None
    return keep_profile(resource, version, rows=held.rows, columns=_columns(resource.contract.items, held))


def compared(profile: VersionProfile) -> tuple[VersionProfile | None, list[Drift]]:
    """The last profile before this one, and what changed since."""
    before = VersionProfile.objects.filter(resource=profile.resource_id, version__lt=profile.version).order_by("-version").first()
    if before is None:
        return None, []
    return before, drift_of(before.columns, profile.columns, rows_before=before.rows, rows_now=profile.rows)


def is_secret(item: ItemSpec) -> bool:
    """Whether no value of the item may be shown."""
    return item.is_sealed or item.level >= Level.L3 or bool(item.mask) or item.sensitive not in NOT_SECRET


def _columns(items: Sequence[ItemSpec], held: Snapshot) -> list[dict[str, object]]:
    if not held.paths:
        return [{"field": item.field, "nulls": 0, "distinct": 0} for item in items]
    with storage.scratch() as scratch, engine.connection(scratch) as con:
        con.execute("SET TimeZone = 'Asia/Shanghai'")
        paths = engine.names(list(held.paths))
        found = []
        for item in items:
            sealed = pa.types.is_binary(held.schema.field(item.field).type)
            column = storage.quoted(item.blind_field if sealed else item.field)
            found.append(_measured(con, paths, item, column, sealed=sealed))
        return found


def _measured(
    con: duckdb.DuckDBPyConnection, paths: list[str], item: ItemSpec, column: str, *, sealed: bool
) -> dict[str, object]:
    told: dict[str, object] = {"field": item.field}
    counted = con.execute(
        f"SELECT count(*) - count({column}), CASE WHEN count(*) < 100000 THEN count(DISTINCT {column})"
        f" ELSE approx_count_distinct({column}) END FROM read_parquet($1)", [paths]
    ).fetchone()
    told["nulls"], told["distinct"] = (int(counted[0]), int(counted[1])) if counted else (0, 0)
    if sealed:
        return told
    if not is_secret(item):
        told |= _spread(con, paths, item, column)
        if int(str(told["distinct"])) <= MOST_DISTINCT:
            told["values"] = _top(con, f"SELECT {column}::VARCHAR AS v FROM read_parquet($1) WHERE {column} IS NOT NULL", paths)
    if pa.types.is_string(item.arrow_type):
        sample = f"SELECT {column} AS t FROM read_parquet($1) WHERE {column} IS NOT NULL LIMIT {SAMPLED}"
        told["patterns"] = _top(con, f"SELECT {_PATTERN} AS v FROM ({sample})", paths)
        counted = con.execute(f"SELECT count(*) FROM ({sample})", [paths]).fetchone()
        told["sampled"] = int(counted[0]) if counted else 0
    return told


def _spread(con: duckdb.DuckDBPyConnection, paths: list[str], item: ItemSpec, column: str) -> dict[str, object]:
    """Least, most and, of numbers, quantiles."""
    is_number = any(test(item.arrow_type) for test in _NUMERIC)
    points = f", approx_quantile({column}::DOUBLE, {list(QUANTILES)})" if is_number else ""
    found = con.execute(f"SELECT min({column})::VARCHAR, max({column})::VARCHAR{points} FROM read_parquet($1)", [paths]).fetchone()
    if found is None or found[0] is None:
        return {}
    told: dict[str, object] = {"min": str(found[0])[:LONGEST], "max": str(found[1])[:LONGEST]}
    return told | ({"quantiles": [float(one) for one in found[2]]} if is_number and found[2] is not None else {})


def _top(con: duckdb.DuckDBPyConnection, sql: str, paths: list[str]) -> list[list[object]]:
    rows = con.execute(f"SELECT v, count(*) AS n FROM ({sql}) GROUP BY v ORDER BY n DESC, v LIMIT {TOP}", [paths]).fetchall()
    return [[str(value)[:LONGEST], int(count)] for value, count in rows]


_PATTERN = (
    "left(regexp_replace(regexp_replace(regexp_replace(left(t, 40), '[0-9]', '9', 'g'), '[A-Za-z]', 'A', 'g'),"
    " '[\u3400-\u9fff]+', '汉', 'g'), 20)"
)
