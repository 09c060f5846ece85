"""A million instances and open steps for `suixin bench flow`, written as rows: COPY on PostgreSQL, executemany on SQLite.

Shape  one instance and one open step per number; 40 organisations, three roles each; due dates spread over 40 days
       around now, so that three in ten steps are due to change colour at the first sweep; of every 128th somebody is to
       be told when it is overdue, for the last time; for one person wait 5,000 steps, half claimed, half of its post
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import ProgrammingError, connection, models

if TYPE_CHECKING:
    from psycopg import Cursor

ORGANISATIONS = 40
OWN_STEPS = 5_000
_TOLD = 128  # one step in so many has an escalation ahead
_CHUNK = 20_000
_STATUSES = ("running",) * 8 + ("supplement", "suspended", "done", "done")


def table_of(model: type[models.Model], rows: Iterator[dict[str, object]]) -> int:
    """The rows written as they are: absent columns take the model's default. The count."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    defaults = {field.attname: field.get_db_prep_save(field.get_default(), connection) for field in fields}
    count = 0
    while part := [list({**defaults, **{name: _plain(value) for name, value in row.items()}}.values()) for row in islice(rows, _CHUNK)]:
        _write(model, fields, part)
        count += len(part)
    return count


def leave_unchecked() -> None:
    """References of rows written from now on over this connection are not looked up, where its user may say so (PostgreSQL, superuser)."""
    if connection.vendor == "postgresql":
        with suppress(ProgrammingError), connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")


def _plain(value: object) -> object:
    """As both drivers take it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") if connection.vendor == "sqlite" else value
    if isinstance(value, uuid.UUID):
        return value.hex if connection.vendor == "sqlite" else value
    return value


def _write(model: type[models.Model], fields: "Sequence[models.Field[object, object]]", part: list[list[Any]]) -> None:
    """Any: what both drivers take, each its own kinds."""
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            raw: Cursor[tuple[object, ...]] = cursor.cursor
            with raw.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in part:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", part)  # noqa: S608 names of our own tables


def instances(
    count: int, now: datetime, *, version: int, procedure: int, organisations: Sequence[int]
) -> Iterator[dict[str, object]]:
    """Rows of `flow.Instance`: seven in ten run, the others stand or are over."""
    dice = random.Random(510900)  # noqa: S311 not for secrets
    for number in range(1, count + 1):
        due, status = now + timedelta(days=dice.randint(-20, 40), hours=dice.randint(0, 9)), dice.choice(_STATUSES)
        yield {
            "uuid": uuid.UUID(int=dice.getrandbits(128)), "procedure_id": procedure, "version_id": version, "subject_kind": "bench.thing",
            "subject_key": str(number), "title": f"第 {number} 号事项", "organisation_id": organisations[number % len(organisations)],
            "starter_kind": "staff", "starter_key": f"bench{number % 300}", "starter_name": "发起人",
            "status": status, "colour": dice.choice(("green", "green", "amber", "red")), "started_at": due - timedelta(days=14),
            "due_at": due, "amber_at": due - timedelta(days=4), "statutory_due_at": due + timedelta(days=14), "sequence": 1,
            "finished_at": due if status == "done" else None,
        }


def steps(
    first: int, count: int, now: datetime, *, procedure: int, organisations: Sequence[int], roles: Sequence[str], person: int
) -> Iterator[dict[str, object]]:
    """Rows of `flow.Step`, all open and green, for the instances numbered from `first` on."""
    dice = random.Random(510903)  # noqa: S311 not for secrets
    for number in range(count):
        due = now + timedelta(days=dice.randint(-8, 32), hours=dice.randint(1, 9))
        is_own, is_free = number < OWN_STEPS // 2, OWN_STEPS // 2 <= number < OWN_STEPS
        yield {
            "uuid": uuid.UUID(int=dice.getrandbits(128)), "instance_id": first + number, "procedure_id": procedure, "node": "review",
            "kind": "task", "title": "审核", "subject_title": f"第 {number} 号事项", "round": 1,
            "organisation_id": organisations[3 if is_free else number % len(organisations)],
            "role": "reception" if is_free else roles[number % len(roles)], "assignee_id": person if is_own else None,
            "status": "open", "colour": "green",
            "opened_at": due - timedelta(days=14), "due_at": due, "amber_at": due - timedelta(days=4), "escalated": 1, "is_late": False,
            "escalate_at": due if number % _TOLD == 0 else None,
        }
