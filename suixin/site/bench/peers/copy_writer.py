"""The limit of collecting from PostgreSQL: COPY TO a file, which delta-rs writes as text; nothing is typed or checked.

python -m suixin.site.bench.peers.copy_writer ADDRESS TABLE FILE.csv TARGET_FOLDER
"""

import sys
from pathlib import Path

import psycopg
from psycopg import sql

from suixin.site.bench.peers import untyped_writer


def main(address: str, table: str, source: str, *, target: str) -> None:
    """Copy the table, then write it."""
    statement = sql.SQL("COPY {} TO STDOUT WITH (FORMAT csv, HEADER)").format(sql.Identifier(table))
    with psycopg.connect(address) as server, server.cursor() as cursor, Path(source).open("wb") as file, cursor.copy(statement) as rows:
        for piece in rows:
            file.write(piece)
    untyped_writer.main(source, target)


if __name__ == "__main__":
    main(*sys.argv[1:4], target=sys.argv[4])
