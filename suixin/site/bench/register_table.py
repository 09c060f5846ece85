"""The register of the benches as a table of PostgreSQL: filled once, then changed a little."""

from pathlib import Path

from suixin.data.catalog.contract import ItemType
from suixin.site.bench import material


def fill_table(address: str, table: str, source: Path) -> None:
    """A table of PostgreSQL with the rows of the CSV, under the fields of the items."""
    import psycopg
    from psycopg import sql

    kinds = {ItemType.DATE: "date", ItemType.NUMBER: "numeric(14, 2)", ItemType.INTEGER: "integer", ItemType.DATETIME: "timestamp"}
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(item.field), sql.SQL(kinds.get(item.type, "text"))) for item in material.ITEMS
    )
    with psycopg.connect(address, autocommit=True) as server, server.cursor() as cursor, source.open("rb") as file:
        cursor.execute(sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY (record_no))").format(sql.Identifier(table), columns))
        with cursor.copy(sql.SQL("COPY {} FROM STDIN WITH (FORMAT csv, HEADER)").format(sql.Identifier(table))) as rows:
            while piece := file.read(1 << 20):
                rows.write(piece)
        cursor.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))


def change_table(address: str, table: str, rows: int) -> None:
    """One row of a hundred changed: 0.8 % updated, 0.1 % deleted, 0.1 % new."""
    import psycopg
    from psycopg import sql

    name = sql.Identifier(table)
    fields = sql.SQL(", ").join(sql.Identifier(item.field) for item in material.ITEMS[1:])
    with psycopg.connect(address) as server:
        server.execute(sql.SQL("UPDATE {} SET staff = staff + 1 WHERE record_no::bigint % 1000 < 8").format(name))
        server.execute(sql.SQL("DELETE FROM {} WHERE record_no::bigint % 1000 = 500").format(name))
        server.execute(
            sql.SQL(
                "INSERT INTO {} SELECT lpad((record_no::bigint + {})::text, 12, '0'), {} FROM {} WHERE record_no::bigint % 1000 = 501"
            ).format(name, sql.Literal(rows), fields, name)
        )
