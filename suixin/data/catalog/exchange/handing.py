"""Workbooks handed in for a job: the bytes lie with the files, the job registers the rows and keeps what to tell.

Promise  a job that was killed goes on where it stopped, since the rows that it registered are known by the job's key;
         the rest is `ground.people.handing`'s
"""

from collections.abc import Mapping

from xlsxwriter.utility import xl_rowcol_to_cell

from suixin.data.catalog.exchange import bringing
from suixin.data.catalog.exchange.bringing import Brought
from suixin.ground.files.limits import Upload
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.registry import Given
from suixin.ground.people.handing import SHEET as SHEET
from suixin.ground.people.handing import Handing
from suixin.ground.security import policy
from suixin.kit.actor import Actor

KIND, TELLS = "catalog.bring", 200
_WORKBOOKS = Handing(KIND, "catalog.workbook", "目录", ("xlsx",))


def hand_in(upload: Upload, *, actor: Actor) -> Job:
    """The job that will bring the workbook. Raises NotAllowed, FileRefused, ScannerSilent."""
    policy.require_anywhere(actor, "catalog.propose")
    return _WORKBOOKS.hand_in(upload, actor=actor)


def bring(given: Given) -> str:
    """The workbook registered, as whoever handed it in may today; the annotated one is kept for them for a day."""
    actor = _WORKBOOKS.actor(given)

    def report(done: int, total: int) -> None:
        given.tell(10 + 85 * done // max(total, 1), f"已登记 {done:,} / {total:,} 条")

    content = _WORKBOOKS.content(given)
    given.tell(5, "正在逐格检查……")
    brought = bringing.bring_workbook(content, actor=actor, key=given.text("file"), report=report)
    given.keep(_told(brought, actor))
    return f"新登记 {len(brought.codes):,} 条，目录中已有 {len(brought.known):,} 条，问题 {len(brought.faults):,} 处。"


def forget_settled() -> int:
    """How many workbooks were given up: no job still needs them. What their rows became is forgotten later."""
    bringing.forget_brought()
    return _WORKBOOKS.forget_settled()


def _told(brought: Brought, actor: Actor) -> Mapping[str, object]:
    return {
        "registered": len(brought.codes), "known": len(brought.known), "faults": len(brought.faults),
        "annotated": _WORKBOOKS.annotated(brought.annotated, actor=actor), "systems": brought.systems,
        "cells": [(one.sheet, xl_rowcol_to_cell(one.row - 1, one.column), one.sentence) for one in brought.faults[:TELLS]],
    }
