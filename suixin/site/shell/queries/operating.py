"""Settings in force and health of the installation, for the operator's pages; secrets are never among them."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from importlib import metadata

import django
from django.conf import settings
from django.db import connection
from django.utils.translation import get_language, gettext

import suixin
from suixin.ground.jobs import queries as jobs
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.site import health
from suixin.site.config import SETTINGS_FILE, Config, filed, variable
from suixin.site.shell.components import Cell, Column, Stat, Table
from suixin.site.shell.meanings import MEANINGS, PARTS
from suixin.site.shell.queries.jobs import duration
from suixin.site.shell.templatetags.suixin import moment, number

HIDDEN = "••••••"
_SECRET = re.compile(r"password|secret|token|key")
_PACKAGES = ("granian", "deltalake", "duckdb", "pyarrow", "django-q2", "cryptography", "gmssl_pyx")


@dataclass(frozen=True, slots=True)
class Health:
    """The health page."""

    is_well: bool
    figures: Sequence[Stat]
    findings: Table
    workers: Table
    versions: Sequence[tuple[str, str]]


def settings_table(*, actor: Actor, environment: Mapping[str, str] | None = None) -> Table:
    """Every setting: variable, value in force, whether the environment gave it, meaning. Raises NotAllowed."""
    policy.require(actor, "site.view", None)
    given = os.environ if environment is None else environment
    kept = filed(settings.SUIXIN.home / SETTINGS_FILE)
    is_english = (get_language() or "").startswith("en")
    columns = (
        Column(gettext("环境变量"), is_code=True), Column(gettext("现值"), is_code=True), Column(gettext("来源")),
        Column(gettext("含义"), is_long=True),
    )
    rows = []
    for declared in fields(Config):
        name, text = variable(declared.name), str(declared.metadata["text"])
        if given.get(name):
            source = Cell(gettext("环境变量"), tone="info")
        else:
            source = Cell(gettext("设置文件"), tone="info") if kept.get(name) else Cell(gettext("默认"), tone="quiet")
        meaning = text if is_english else MEANINGS.get(declared.name, text)
        rows.append((Cell(name), Cell(shown(declared.name, getattr(settings.SUIXIN, declared.name))), source, Cell(meaning)))
    return Table(gettext("现行设置"), columns, rows)


def shown(name: str, value: object) -> str:
    """The value as it may be shown: passwords, keys and the word in an address hidden."""
    if isinstance(value, bool):
        return "1" if value else "0"
    parts = value if isinstance(value, tuple) else (value,)
    text = ", ".join("=".join(part) if isinstance(part, tuple) else str(part) for part in parts)
    if _SECRET.search(name) and text:
        return HIDDEN
    return re.sub(r"(://[^/:@\s]*):[^@/\s]*@", rf"\1:{HIDDEN}@", text)


def health_page(*, actor: Actor) -> Health:
    """Findings, figures, workers and versions. Raises NotAllowed."""
    policy.require(actor, "site.view", None)
    found = health.findings()
    columns = (Column(gettext("部分")), Column(gettext("结论")), Column(gettext("说明"), is_long=True))
    rows = [
        (Cell(gettext(PARTS.get(one.part, one.part))),
         Cell(gettext("正常"), tone="good") if one.is_well else Cell(gettext("异常"), tone="bad"), Cell(one.sentence))
        for one in found
    ]
    return Health(
        all(one.is_well for one in found), _figures(), Table(gettext("检查结果"), columns, rows), _workers(), _versions(),
    )


def _figures() -> list[Stat]:
    counted = jobs.counts()
    waited = jobs.longest_wait()
    return [
        Stat(gettext("作业进程"), number(len(jobs.living_workers()))),
        Stat(gettext("等待的作业"), number(counted["waiting"]), note=_waited(waited)),
        Stat(gettext("失败的作业"), number(counted["failed"])),
        *(Stat(gettext(one.title), one.value, note=one.note and gettext(one.note)) for one in health.milestones()),
    ]


def _waited(waited: timedelta) -> str:
    return gettext("最久 %(time)s") % {"time": duration(waited)} if waited else ""


def _workers() -> Table:
    columns = (Column(gettext("进程")), Column(gettext("版本")), Column(gettext("启动时间")), Column(gettext("最近心跳")))
    rows = [(Cell(w.owner), Cell(w.version), Cell(moment(w.started_at)), Cell(moment(w.beat_at))) for w in jobs.living_workers()]
    empty = gettext("没有作业进程在运行:请运行 suixin worker,或不带 --no-worker 启动 suixin serve。")
    return Table(gettext("作业进程"), columns, rows, empty)


def _versions() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        database = str(cursor.fetchone()[0])
    return [
        ("suixin", suixin.__version__), ("Python", platform.python_version()), ("Django", django.get_version()),
        (connection.vendor, database), *((name, metadata.version(name)) for name in _PACKAGES),
    ]
