"""The log's tables in bulk: plain SQL, the same answers on SQLite and PostgreSQL. All texts here are constants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from suixin.ground import prepared
from suixin.ground.audit.chain import COLUMNS

_PLAIN = ", ".join(f"r.{name}" for name in COLUMNS)
_FIELDS = {
    "sqlite": _PLAIN,
    "postgresql": _PLAIN.replace("r.at", "to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')").replace(
        "r.detail", "r.detail::text"
    ),
}
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the chain and its record as read from the database; `row` is None when the record is gone."""

    number: int
    record_id: int
    digest: bytes
    mac: bytes
    row: Row | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that is not sealed yet, with the code its writer gave it; `row` is None when the record is gone."""

    record_id: int
    mac: bytes
    row: Row | None


def add_pending(record_id: int, mac: bytes) -> None:
    """The record waits for its seal."""
    prepared.run("INSERT INTO audit_pending (record_id, mac, refused) VALUES (%s, %s, false)", [record_id, mac])


def waiting(limit: int) -> list[Waiting]:
    """The first `limit` records to seal, by id."""
    sql = (
        f"SELECT p.record_id, p.mac, {_fields()} FROM audit_pending p LEFT JOIN audit_record r ON r.id = p.record_id "  # noqa: S608
        "WHERE NOT p.refused ORDER BY p.record_id LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [limit])
        return [Waiting(int(row[0]), bytes(row[1]), _row(row[2:])) for row in cursor.fetchall()]


def links(first: int, last: int) -> list[Link]:
    """Links numbered from `first` up to `last`, in order."""
    sql = (
        f"SELECT s.number, s.record_id, s.digest, s.mac, {_fields()} FROM audit_seal s "  # noqa: S608
        "LEFT JOIN audit_record r ON r.id = s.record_id WHERE s.number BETWEEN %s AND %s ORDER BY s.number"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [first, last])
        return [Link(int(r[0]), int(r[1]), bytes(r[2]), bytes(r[3]), _row(r[4:])) for r in cursor.fetchall()]


def add_seals(seals: Sequence[tuple[int, int, bytes, bytes]]) -> None:
    """New links (number, record id, digest, mac); their records no longer wait. Call it inside a transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy("COPY audit_seal (number, record_id, digest, mac) FROM STDIN") as copy:
                for seal in seals:
                    copy.write_row(seal)
        else:
            cursor.executemany("INSERT INTO audit_seal (number, record_id, digest, mac) VALUES (%s, %s, %s, %s)", seals)
        cursor.execute(
            "DELETE FROM audit_pending WHERE record_id IN (SELECT record_id FROM audit_seal WHERE number BETWEEN %s AND %s)",
            [seals[0][0], seals[-1][0]],
        )


def take_away(first: int, last: int) -> None:
    """Links from `first` to `last` and their records leave the database: only `archiving` calls this, in its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_record WHERE id IN (SELECT record_id FROM audit_seal WHERE number BETWEEN %s AND %s)", [first, last]
        )
        cursor.execute("DELETE FROM audit_seal WHERE number BETWEEN %s AND %s", [first, last])


def foreign_ids(limit: int) -> list[int]:
    """Records that neither are sealed nor wait for it: nobody's action wrote them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id FROM audit_record r WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.record_id = r.id) "
            "AND NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.record_id = r.id) ORDER BY r.id LIMIT %s", [limit],
        )
        return [int(row[0]) for row in cursor.fetchall()]


def extent() -> tuple[int, int]:
    """The lowest and the highest number in the database; (0, 0) when there is no link."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT min(number) FROM audit_seal), (SELECT max(number) FROM audit_seal)")
        low, high = cursor.fetchone() or (None, None)
    return int(low or 0), int(high or 0)


def stretches(first: int, last: int, size: int) -> Iterator[list[Link]]:
    """Links from `first` to `last`, `size` numbers at a time."""
    for start in range(first, last + 1, size):
        yield links(start, min(last, start + size - 1))


def _fields() -> str:
    return _FIELDS["postgresql" if connection.vendor == "postgresql" else "sqlite"]


def _row(values: Row) -> Row | None:
    return None if values[0] is None else tuple(values)
