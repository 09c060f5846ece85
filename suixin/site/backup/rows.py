"""Rows of one table as lines of JSON, and back; the same for every database engine.

File    first line: {"model", "columns"}; then one array a row, in order of the primary key; zstd
Values  text, number, true, null as they are; {"$": kind, "v": text} for what JSON has no word for
"""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import zstandard
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from suixin.site.backup.errors import BrokenBackup
from suixin.site.backup.states import columns

_BATCH = 1000


def write_rows(model: type[models.Model], target: Path, *, using: str) -> int:
    """The table's rows written to `target`; how many."""
    names = [field.attname for field in columns(model)]
    fields = list(columns(model))
    found = model._base_manager.using(using).order_by(model._meta.pk.name).values_list(*names)
    count = 0
    with zstandard.open(target, "wb", cctx=zstandard.ZstdCompressor(level=3, write_checksum=True)) as file:
        file.write(_line({"model": model._meta.label_lower, "columns": names}))
        for row in found.iterator(chunk_size=_BATCH):
            file.write(_line([_told(field, value) for field, value in zip(fields, row, strict=True)]))
            count += 1
    return count


def load_rows(model: type[models.Model], source: Path, connection: BaseDatabaseWrapper) -> int:
    """The rows of the file put into the table; how many. Raises BrokenBackup."""
    fields = list(columns(model))
    with zstandard.open(source, "rt", encoding="utf-8") as file:
        head = json.loads(file.readline())
        if head.get("columns") != [field.attname for field in fields]:
            raise BrokenBackup(f"备份里的表 {model._meta.label_lower} 与其迁移记录不符;备份不能使用。")
        quote = connection.ops.quote_name
        names = ", ".join(quote(str(field.column)) for field in fields)
        sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608  names of our own models, quoted
        count = 0
        for rows in _batches(file):
            values = [[_stored(field, value, connection) for field, value in zip(fields, row, strict=True)] for row in rows]
            with connection.cursor() as cursor:
                cursor.executemany(sql, values)  # type: ignore[arg-type]  # prepared by Django's own fields
            count += len(rows)
    return count


def _batches(lines: Iterable[str]) -> Iterator[list[Sequence[object]]]:
    batch: list[Sequence[object]] = []
    for line in lines:
        batch.append(json.loads(line))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _told(field: "models.Field[Any, Any]", value: object) -> object:
    """The value for a line; JSON that is read by a decoder of its own (exact decimals) goes as the text of its encoder."""
    if not isinstance(field, models.JSONField):
        return _packed(value)
    return {"$": "json", "v": json.dumps(value, cls=field.encoder)} if field.decoder and value is not None else value


def _stored(field: "models.Field[Any, Any]", value: object, connection: BaseDatabaseWrapper) -> object:
    if not isinstance(field, models.JSONField):
        return field.get_db_prep_save(_unpacked(value), connection)
    match value:
        case {"$": "json", "v": str(text)} if field.decoder:
            return field.get_db_prep_save(json.loads(text, cls=field.decoder), connection)
    return field.get_db_prep_save(value, connection)


def _line(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _packed(value: object) -> object:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes() | memoryview() | bytearray():
            return {"$": "bytes", "v": base64.b64encode(bytes(value)).decode()}
        case datetime() | date() | time():
            return {"$": type(value).__name__, "v": value.isoformat()}
        case Decimal() | UUID():
            return {"$": type(value).__name__, "v": str(value)}
        case timedelta():
            return {"$": "timedelta", "v": str(value // timedelta(microseconds=1))}
    raise TypeError(type(value))


def _unpacked(value: object) -> object:
    match value:
        case {"$": "bytes", "v": str(text)}:
            return base64.b64decode(text)
        case {"$": "datetime", "v": str(text)}:
            return datetime.fromisoformat(text)
        case {"$": "date", "v": str(text)}:
            return date.fromisoformat(text)
        case {"$": "time", "v": str(text)}:
            return time.fromisoformat(text)
        case {"$": "Decimal", "v": str(text)}:
            return Decimal(text)
        case {"$": "UUID", "v": str(text)}:
            return UUID(text)
        case {"$": "timedelta", "v": str(text)}:
            return timedelta(microseconds=int(text))
        case dict() | list():
            raise BrokenBackup("备份里有无法识别的值;备份不能使用。")
    return value
