"""The limit of collecting: DuckDB reads a CSV as text, delta-rs writes it, nothing is typed or checked.

python -m suixin.site.bench.peers.untyped_writer FILE.csv TARGET_FOLDER
"""

import sys

import deltalake
import duckdb


def main(source: str, target: str) -> None:
    """Write the CSV as an untyped Delta table."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    reader = connection.execute("SELECT * FROM read_csv(?, all_varchar = true)", [source]).to_arrow_reader(131_072)
    deltalake.write_deltalake(target, reader)
    print(deltalake.DeltaTable(target).count())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
