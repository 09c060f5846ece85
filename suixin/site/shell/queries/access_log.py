"""The access log as a page: who read what through which door, newest first, read from this node's log file."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext

from suixin.data.access import log
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table, Tone
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 50
DOORS = {"page": "页面", "rows": "接口", "download": "下载", "gateway": "网关查询", "compute": "计算"}


@dataclass(frozen=True, slots=True)
class AccessLog:
    """One page of the log; `older` is the number to go on from, 0 at the end."""

    words: str
    table: Table
    older: int


def access_log(parameters: QueryDict, *, actor: Actor) -> AccessLog:
    """The log under the request's parameters: `q` (reader or resource), `before`. Raises NotAllowed."""
    policy.require(actor, "access.view", None)
    words = parameters.get("q", "").strip()[:200]
    before = int(text) if (text := parameters.get("before", "")).isdecimal() and len(text) < 18 else 0
    found = _read(words, before)
    rows = [_row(record) for record in found[:PAGE_SIZE]]
    columns = (
        Column(gettext("时间")), Column(gettext("读者")), Column(gettext("通道")), Column(gettext("资源"), is_code=True),
        Column(gettext("列")), Column(gettext("脱敏")), Column(gettext("行数"), is_numeric=True), Column(gettext("结果")),
        Column(gettext("毫秒"), is_numeric=True), Column(gettext("追踪号"), is_code=True),
    )
    older = int(str(found[PAGE_SIZE - 1]["id"])) if len(found) > PAGE_SIZE else 0
    return AccessLog(words, Table(gettext("访问日志"), columns, rows, gettext("还没有访问记录。")), older)


def _read(words: str, before: int) -> Sequence[sqlite3.Row]:
    path = log.path()
    if not path.is_file():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(
            "SELECT * FROM access WHERE (? = 0 OR id < ?) AND (? = '' OR instr(resource, ?) OR instr(subject, ?))"
            " ORDER BY id DESC LIMIT ?", (before, before, words, words, words, PAGE_SIZE + 1),
        ).fetchall()


def _row(record: sqlite3.Row) -> tuple[Cell, ...]:
    at = datetime.fromtimestamp(int(record["at_ms"]) / 1000, clock.CHINA)
    code = str(record["code"])
    tone: Tone = "good" if code in ("0", "200", "ok", "res-200", "api-200") or code.endswith("200") else "bad"
    return (
        Cell(moment(at)), Cell(str(record["subject"]), note=str(record["organisation"] or "")),
        Cell(word(DOORS.get(str(record["door"]), str(record["door"])))), Cell(str(record["resource"])),
        Cell(str(record["columns"] or "")[:80]), Cell(str(record["masks"] or "")[:80]), Cell(number(record["rows"])),
        Cell(code, tone=tone), Cell(number(round(int(record["micros"]) / 1000, 1))), Cell(str(record["trace_id"])[:12]),
    )
