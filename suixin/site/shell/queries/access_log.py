"""The access log as a page: who read what through which door, newest first, read from this node's log files.

A reader sees the readings of resources within its reach of `access.view`.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext

from suixin.data.access import log_files
from suixin.data.access.models import Door
from suixin.data.catalog.models import Resource
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.ground.security.rules import Scope
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table, Tone
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 50
DOORS = dict(Door.choices)


@dataclass(frozen=True, slots=True)
class AccessLog:
    """One page of the log; `older` is the number to go on from, 0 at the end."""

    words: str
    table: Table
    older: int


def access_log(parameters: QueryDict, *, actor: Actor) -> AccessLog:
    """The log under the request's parameters: `q` (reader or resource), `before`. Raises NotAllowed."""
    policy.require_anywhere(actor, "access.view")
    words = parameters.get("q", "").strip()[:200]
    before = int(text) if (text := parameters.get("before", "")).isdecimal() and len(text) < 18 else 0
    found = _read(words, before, _codes(actor))
    rows = [_row(record) for record in found[:PAGE_SIZE]]
    columns = (
        Column(gettext("时间")), Column(gettext("读者")), Column(gettext("通道")), Column(gettext("资源"), is_code=True),
        Column(gettext("列")), Column(gettext("脱敏")), Column(gettext("行数"), is_numeric=True), Column(gettext("结果")),
        Column(gettext("毫秒"), is_numeric=True), Column(gettext("追踪号"), is_code=True),
    )
    older = int(str(found[PAGE_SIZE - 1]["id"])) if len(found) > PAGE_SIZE else 0
    return AccessLog(words, Table(gettext("访问日志"), columns, rows, gettext("还没有访问记录。")), older)


def _codes(actor: Actor) -> list[str] | None:
    """Codes and tables of the resources within the actor's reach; None: all of them, and what was no resource."""
    if policy.reach(actor, "access.view") is Scope.ALL:
        return None
    found = Resource.objects.filter(within(actor, "access.view", "provider"))
    return [text for pair in found.values_list("code", "table") for text in pair]


def _read(words: str, before: int, codes: list[str] | None) -> Sequence[sqlite3.Row]:
    asked = {"before": before, "words": words, "all": codes is None, "codes": json.dumps(codes or []), "limit": PAGE_SIZE + 1}
    return log_files.rows(
        "SELECT * FROM access WHERE (:before = 0 OR id < :before)"
        " AND (:words = '' OR instr(resource, :words) OR instr(subject, :words))"
        " AND (:all OR resource IN (SELECT value FROM json_each(:codes))) ORDER BY id DESC LIMIT :limit",
        asked, limit=PAGE_SIZE + 1,
    )


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
