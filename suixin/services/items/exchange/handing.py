"""Files handed in for a job: the bytes lie with the files, the job drafts the items and keeps what to tell.

Promise  the file is kept before the job is enqueued; a job that was killed may run again: what stands already is left alone
"""

from collections.abc import Mapping
from contextlib import suppress

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from xlsxwriter.utility import xl_rowcol_to_cell

from suixin.data.catalog.exchange.handing import SHEET
from suixin.ground.files import actions as files
from suixin.ground.files import store
from suixin.ground.files.errors import FileRefused
from suixin.ground.files.limits import Upload
from suixin.ground.files.models import Attachment
from suixin.ground.files.taking import take
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.jobs.registry import Given
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.ground.security import policy
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed, NotFound
from suixin.services.items.exchange import bringing
from suixin.services.items.exchange.bringing import Brought
from suixin.services.items.exchange.judging import JSON

KIND, OWNER, TELLS = "items.bring", "items.file", 200


def hand_in(upload: Upload, *, actor: Actor) -> Job:
    """The job that will bring the file. Raises NotAllowed, FileRefused, ScannerSilent."""
    policy.require_anywhere(actor, "items.draft")
    taken = take(upload, types=("xlsx", "text"))
    with transaction.atomic():
        kept = files.keep(taken, actor=actor)
        files.claim([kept.uuid], owner_kind=OWNER, owner_key=str(kept.uuid), actor=actor)
        return enqueue(KIND, actor=actor, title=f"导入事项 {kept.name}", arguments={"file": str(kept.uuid)})


def bring(given: Given) -> str:
    """The file's items drafted, as whoever handed it in may today; the annotated workbook is kept for them for a day."""
    key, actor = given.text("file"), _actor(given)
    held = Attachment.objects.filter(uuid=key, owner_kind=OWNER).first()
    if held is None:
        raise NotFound("上传的原件不在了，没有导入；请重新上传这个文件。")

    def report(done: int, total: int) -> None:
        given.tell(10 + 85 * done // max(total, 1), f"已处理 {done:,} / {total:,} 个")

    given.tell(5, "正在逐格检查……")
    with store.opened(held.sm3) as file:
        brought = bringing.bring(file.read(), actor=actor, report=report)
    given.keep(told(brought, actor))
    kept = f"新登记 {len(brought.drafted):,} 个，修改 {len(brought.revised):,} 个，没有变化 {len(brought.same):,} 个"
    return f"{kept}，问题 {len(brought.faults):,} 处。"


def told(brought: Brought, actor: Actor) -> Mapping[str, object]:
    """What the page shows of it."""
    annotated = ""
    if brought.annotated:
        with suppress(FileRefused):  # larger than a file may be: what is wrong is told on the page all the same
            upload = SimpleUploadedFile("事项-问题标注.xlsx", brought.annotated, SHEET)
            annotated = str(files.keep(take(upload, types=("xlsx",)), actor=actor).uuid)
    return {
        "drafted": len(brought.drafted), "revised": len(brought.revised), "same": len(brought.same), "faults": len(brought.faults),
        "incomplete": brought.incomplete, "annotated": annotated,
        "cells": [
            (one.sheet, f"第 {one.row} 个" if one.sheet == JSON else xl_rowcol_to_cell(one.row - 1, one.column), one.sentence)
            for one in brought.faults[:TELLS]
        ],
    }


def forget_settled() -> int:
    """How many files were given up: no job still needs them."""
    open_jobs = Job.objects.filter(kind=KIND, state__in=(JobState.WAITING, JobState.RUNNING, JobState.FAILED))
    needed = [arguments.get("file") for arguments in open_jobs.values_list("arguments", flat=True)]
    return Attachment.objects.filter(owner_kind=OWNER).exclude(owner_key__in=needed).delete()[0]


def _actor(given: Given) -> Actor:
    if given.actor_kind == ActorKind.SYSTEM:
        return SYSTEM
    account = Account.objects.filter(username=given.actor_key, is_active=True).first()
    if given.actor_kind != ActorKind.STAFF or account is None:
        raise NotAllowed(f"提交人“{given.actor_key}”的账号已停用或不存在，事项没有导入；请换人重新上传。")
    return actor_of(account)
