"""Which resource a table belongs to, and how tables of several files become one.

A table goes to the resource that was named, else to the feed whose pattern fits the file name, else to the
resource that was proposed from the same columns. Tables with the same columns in one folder are one resource:
what differs from file to file (a date, a name) becomes an item.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch

import pyarrow as pa

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.errors import UnknownResource
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection.models import Feed
from suixin.data.collection.naming import stem_of as stem_of
from suixin.data.collection.naming import undated
from suixin.data.quality.candidates import FILE_HEADER
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.ground.security import policy
from suixin.kit import sm
from suixin.kit.actor import Actor

FILE_COLUMN = FILE_HEADER
DATE_COLUMN = "数据日期"
ANYWHERE = ""  # the scope of files that came alone
ENOUGH_COLUMNS = 0.6


def signature(columns: Sequence[str]) -> str:
    """SM3 of the set of column names, blanks and case aside; equal for tables of the same columns.

    Columns that a file's name decides do not count: a table has them only once it has been matched.
    """
    own = (c for c in columns if c not in (FILE_COLUMN, DATE_COLUMN))
    return sm.sm3_hex("\x1f".join(sorted(_plain(c) for c in own)).encode())


def covers(contract: Contract, columns: Sequence[str]) -> bool:
    """Whether the columns hold every key item and at least 60 % of the items of the contract."""
    have = {_plain(c) for c in columns}
    found = {
        item.field
        for item in contract.items
        if have & {_plain(item.field), _plain(item.name), *map(_plain, item.source_names)}
    }
    return set(contract.key) <= found and len(found) >= ENOUGH_COLUMNS * len(contract.items)


def resource_for(file_name: str, table: SourceTable, signature: str, *, actor: Actor) -> Resource | None:
    """The published or proposed resource that takes the table: by its template, by feed pattern or by scoped signature.

    A feed is declared, so it is found whoever brings the file; equal columns only say something among the
    resources that the actor may bring data to.
    """
    if table.resource_code:
        return _of_template(table.resource_code)
    for feed in Feed.objects.filter(source=None).select_related("resource__provider").order_by("pk"):
        if any(fnmatch(file_name, pattern) for pattern in feed.patterns) and covers(
            feed.resource.contract, table.columns
        ):
            return feed.resource
    live = Resource.objects.filter(state__in=(ResourceState.PUBLISHED, ResourceState.PROPOSED))
    alike = live.filter(signature=signature).select_related("provider")
    return next((one for one in alike if policy.may(actor, "collection.run", one)), None)


def _of_template(code: str) -> Resource:
    """The entry whose template a file is, if it still takes data. Raises UnknownResource."""
    found = Resource.objects.filter(code=code).exclude(state=ResourceState.WITHDRAWN).select_related("provider").first()
    if found is None:
        raise UnknownResource(f"这份模板所属的目录 {code[:64]} 不在了或已撤销；请从现行目录的页面重新下载模板。")
    return found


def scoped_signature(columns: Sequence[str], scope: str) -> str:
    """The signature within a folder: the same columns elsewhere are another resource."""
    return sm.sm3_hex(f"{scope}\x1e{signature(columns)}".encode())


def constants_of(files: Sequence[tuple[str, SourceTable]]) -> list[dict[str, str]]:
    """For each (file name, table) of one resource: the items that its file name decides.

    A date in every name becomes 数据日期; what else differs becomes 来源文件.
    """
    stems = [stem_of(name) for name, table in files]
    has_dates = all(DATE_COLUMN in table.constants for _, table in files)
    names_differ = len({undated(stem) for stem in stems}) > 1
    result = []
    for stem, (_, table) in zip(stems, files, strict=True):
        constants = {DATE_COLUMN: table.constants[DATE_COLUMN]} if has_dates else {}
        if names_differ or (len(files) > 1 and not has_dates):
            constants[FILE_COLUMN] = stem
        result.append(constants)
    return result


def with_constants(table: SourceTable, constants: dict[str, str]) -> SourceTable:
    """The table with a column per constant in front; names the table already has are left alone."""
    new = {name: value for name, value in constants.items() if name not in table.columns}
    if not new:
        return replace(table, constants={})

    def batches() -> Iterator[SourceBatch]:
        for batch in table.batches():
            rows = batch.data.num_rows
            columns = [pa.repeat(pa.scalar(value), rows) for value in new.values()]
            data = pa.RecordBatch.from_arrays([*columns, *batch.data.columns], [*new, *batch.data.schema.names])
            yield replace(batch, data=data)

    return replace(table, columns=(*new, *table.columns), batches=batches, constants={})


def chained(tables: Sequence[SourceTable]) -> SourceTable:
    """All tables as one, for a profile over every file of a resource."""
    if len(tables) == 1:
        return tables[0]
    columns = tables[0].columns

    def batches() -> Iterator[SourceBatch]:
        for table in tables:
            for batch in table.batches():
                yield replace(batch, data=batch.data.select(_positions(batch.data.schema.names, columns)))

    return replace(tables[0], batches=batches)


def _positions(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    by_plain = {_plain(name): position for position, name in enumerate(names)}
    return [by_plain[_plain(name)] for name in wanted]


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
