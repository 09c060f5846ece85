"""The limit of writing by key: delta-rs merges the rows of a CSV into a table; nothing is judged, hashed or archived.

python -m suixin.site.bench.peers.merging FILE.csv TABLE_FOLDER
"""

import sys

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable


def main(source: str, target: str) -> None:
    """Merge by the first column."""
    table = DeltaTable(target)
    schema = pa.schema(table.schema().to_arrow())  # type: ignore[arg-type]  # speaks Arrow's C interface
    raw = duckdb.connect().execute("SELECT * FROM read_csv(?, all_varchar = true)", [source]).to_arrow_table()
    texts = dict(zip(schema.names, raw.columns, strict=False))
    columns = [
        _typed(texts[field.name], field.type) if field.name in texts else pa.nulls(raw.num_rows, field.type).fill_null(1)
        for field in schema
    ]
    key = schema.names[0]
    merge = table.merge(pa.table(columns, names=schema.names), f"t.{key} = s.{key}", source_alias="s", target_alias="t")
    print(merge.when_matched_update_all().when_not_matched_insert_all().execute())


def _typed(column: "pa.ChunkedArray[pa.StringScalar]", kind: pa.DataType) -> "pa.ChunkedArray[pa.Scalar]":  # type: ignore[type-arg]  # any kind of value
    if pa.types.is_timestamp(kind):
        return pa.chunked_array([pc.strptime(one, format="%Y-%m-%d %H:%M:%S", unit="us").cast(kind) for one in column.chunks], kind)
    return column.cast(kind)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
