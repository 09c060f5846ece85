"""Files handed in for a job: the bytes lie with the files, the job drafts the items and keeps what to tell.

Promise  a job that was killed may run again: what stands already is left alone; the rest is `ground.people.handing`'s
"""

from collections.abc import Mapping

from xlsxwriter.utility import xl_rowcol_to_cell

from suixin.ground.files.limits import Upload
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.registry import Given
from suixin.ground.people.handing import Handing
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.services.items.exchange import bringing
from suixin.services.items.exchange.bringing import Brought
from suixin.services.items.exchange.judging import JSON

KIND, TELLS = "items.bring", 200
_FILES = Handing(KIND, "items.file", "事项", ("xlsx", "text"))


def hand_in(upload: Upload, *, actor: Actor) -> Job:
    """The job that will bring the file. Raises NotAllowed, FileRefused, ScannerSilent."""
    policy.require_anywhere(actor, "items.draft")
    return _FILES.hand_in(upload, actor=actor)


def bring(given: Given) -> str:
    """The file's items drafted, as whoever handed it in may today; the annotated workbook is kept for them for a day."""
    actor = _FILES.actor(given)

    def report(done: int, total: int) -> None:
        given.tell(10 + 85 * done // max(total, 1), f"已处理 {done:,} / {total:,} 个")

    content = _FILES.content(given)
    given.tell(5, "正在逐格检查……")
    brought = bringing.bring(content, actor=actor, report=report)
    given.keep(told(brought, actor))
    kept = f"新登记 {len(brought.drafted):,} 个，修改 {len(brought.revised):,} 个，没有变化 {len(brought.same):,} 个"
    return f"{kept}，问题 {len(brought.faults):,} 处。"


def told(brought: Brought, actor: Actor) -> Mapping[str, object]:
    """What the page shows of it."""
    return {
        "drafted": len(brought.drafted), "revised": len(brought.revised), "same": len(brought.same), "faults": len(brought.faults),
        "incomplete": brought.incomplete, "annotated": _FILES.annotated(brought.annotated, actor=actor),
        "cells": [
            (one.sheet, f"第 {one.row} 个" if one.sheet == JSON else xl_rowcol_to_cell(one.row - 1, one.column), one.sentence)
            for one in brought.faults[:TELLS]
        ],
    }


def forget_settled() -> int:
    """How many files were given up: no job still needs them."""
    return _FILES.forget_settled()
