"""The systems of the city: tables of a database server, paths of an API, files of a folder. Each is told what changed."""

import csv
import io
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import openpyxl
from sqlalchemy import text

from suixin.data.collection.tests.sources.servers import Server
from suixin.data.collection.tests.sources.stubs import Answer, told
from tests.collection_city.ledger import CHINA, Row

HEAD = ("编号", "姓名", "金额", "更新时间")


class Shop(Protocol):
    """Where the rows of one feed come from."""

    def put(self, rows: list[Row], at: datetime) -> None:
        """New and changed rows."""

    def drop(self, ids: list[int]) -> None:
        """Rows gone."""


class TableShop:
    """A table of a database. `name` and `label` are its own: a column is renamed on the second day."""

    def __init__(self, server: Server, name: str, *, moment: str = "") -> None:
        self.server, self.name, self.label, self.zone = server, name, "name", CHINA if moment else None
        kept = server.columns if not moment else server.columns.replace("TIMESTAMP", moment)
        server.run(f"CREATE TABLE {name} ({kept})")

    def put(self, rows: list[Row], at: datetime) -> None:
        """In one transaction, as the system's own program would."""
        insert = f"INSERT INTO {self.name} (id, {self.label}, amount, changed) VALUES (:id, :name, :amount, :changed)"
        values = [
            {"id": row.id, "name": row.name, "amount": row.amount, "changed": row.changed.replace(tzinfo=self.zone)} for row in rows
        ]
        with self.server.engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {self.name} WHERE id = :id"), [{"id": row.id} for row in rows])
            connection.execute(text(insert), values)

    def drop(self, ids: list[int]) -> None:
        """Deleted."""
        with self.server.engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {self.name} WHERE id = :id"), [{"id": one} for one in ids])

    def run(self, statement: str) -> None:
        """The statement, with the table's name for {}."""
        self.server.run(statement.format(self.name))

    def rename(self, label: str) -> None:
        """The column of names is called otherwise from now on."""
        self.server.run(f"ALTER TABLE {self.name} RENAME COLUMN {self.label} TO {label}")
        self.label = label


class Api:
    """All paths of an API, fifty rows a page; `is_broken` answers 500 from the second page on."""

    PAGE = 50

    def __init__(self) -> None:
        self.paths: dict[str, dict[int, dict[str, object]]] = {}
        self.is_broken = False

    def __call__(self, path: str, parameters: dict[str, str], headers: dict[str, str]) -> Answer:
        number, since = int(parameters.get("page", "1")), parameters.get("since", "")
        if self.is_broken and number > 1:
            return 500, {}, b""
        if headers.get("authorization") != "Bearer city-key":
            return 401, {}, b""
        rows = [row for _, row in sorted(self.paths[path.partition("?")[0]].items()) if str(row["changed"]) >= since]
        return told({"data": {"items": rows[(number - 1) * self.PAGE : number * self.PAGE]}})


class PathShop:
    """One path of the API. `more`: a field that rows have from some day on."""

    def __init__(self, api: Api, path: str) -> None:
        self.rows: dict[int, dict[str, object]] = api.paths.setdefault(path, {})
        self.more: dict[str, object] = {}

    def put(self, rows: list[Row], at: datetime) -> None:
        """Answered from now on."""
        self.rows.update({
            row.id: {"id": row.id, "name": row.name, "amount": str(row.amount), "changed": f"{row.changed:%Y-%m-%d %H:%M:%S}", **self.more}
            for row in rows
        })

    def drop(self, ids: list[int]) -> None:
        """Answered no more."""
        for one in ids:
            self.rows.pop(one, None)


class FileShop:
    """Files of one pattern in a folder, a new one for each delivery; texts change their encoding every time."""

    def __init__(self, folder: Path, stem: str, form: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.stem, self.form, self.count = folder, stem, form, 0

    def put(self, rows: list[Row], at: datetime) -> None:
        """One more file, an hour old."""
        self.count += 1
        path = self.folder / f"{self.stem}_{self.count:02d}.{self.form}"
        path.write_bytes(_written(self.form, rows, "gb18030" if self.count % 2 == 0 else "utf-8"))
        seconds = at.timestamp() - 3600
        os.utime(path, (seconds, seconds))

    def drop(self, ids: list[int]) -> None:
        """A file that was handed over is not taken back."""


def _written(form: str, rows: Iterable[Row], encoding: str) -> bytes:
    cells = [[str(row.id), row.name, str(row.amount), f"{row.changed:%Y-%m-%d %H:%M:%S}"] for row in rows]
    if form == "json":
        return json.dumps([dict(zip(HEAD, line, strict=True)) for line in cells], ensure_ascii=False).encode()
    if form == "xlsx":
        book, buffer = openpyxl.Workbook(), io.BytesIO()
        for line in (HEAD, *cells):
            book.worksheets[0].append(list(line))
        book.save(buffer)
        return buffer.getvalue()
    written = io.StringIO()
    csv.writer(written).writerows([HEAD, *cells])
    return written.getvalue().encode(encoding)
