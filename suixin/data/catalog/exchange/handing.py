"""Workbooks handed in for a job: the bytes lie with the files, the job registers the rows and keeps what to tell.

Promise  the file is kept before the job is enqueued; a job that was killed goes on where it stopped, since the rows that it
         registered are known by the job's key
"""

from collections.abc import Mapping
from contextlib import suppress

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from xlsxwriter.utility import xl_rowcol_to_cell

from suixin.data.catalog.exchange import bringing
from suixin.data.catalog.exchange.bringing import Brought
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

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND, OWNER, TELLS = "catalog.bring", "catalog.workbook", 200


def hand_in(upload: Upload, *, actor: Actor) -> Job:
    """The job that will bring the workbook. Raises NotAllowed, FileRefused, ScannerSilent."""
    policy.require_anywhere(actor, "catalog.propose")
    taken = take(upload, types=("xlsx",))
    with transaction.atomic():
        kept = files.keep(taken, actor=actor)
        files.claim([kept.uuid], owner_kind=OWNER, owner_key=str(kept.uuid), actor=actor)
        return enqueue(KIND, actor=actor, title=f"导入目录 {kept.name}", arguments={"file": str(kept.uuid)})


def bring(given: Given) -> str:
    """The workbook registered, as whoever handed it in may today; the annotated one is kept for them for a day."""
    key, actor = given.text("file"), _actor(given)
    held = Attachment.objects.filter(uuid=key, owner_kind=OWNER).first()
    if held is None:
        raise NotFound("上传的原件不在了，没有导入；请重新上传这个文件。")

    def report(done: int, total: int) -> None:
        given.tell(10 + 85 * done // max(total, 1), f"已登记 {done:,} / {total:,} 条")

    given.tell(5, "正在逐格检查……")
    with store.opened(held.sm3) as file:
        brought = bringing.bring_workbook(file.read(), actor=actor, key=key, report=report)
    given.keep(_told(brought, actor))
    return f"新登记 {len(brought.codes):,} 条，目录中已有 {len(brought.known):,} 条，问题 {len(brought.faults):,} 处。"


def forget_settled() -> int:
    """How many workbooks were given up: no job still needs them. What their rows became is forgotten later."""
    bringing.forget_brought()
    open_jobs = Job.objects.filter(kind=KIND, state__in=(JobState.WAITING, JobState.RUNNING, JobState.FAILED))
    needed = [arguments.get("file") for arguments in open_jobs.values_list("arguments", flat=True)]
    return Attachment.objects.filter(owner_kind=OWNER).exclude(owner_key__in=needed).delete()[0]


def _told(brought: Brought, actor: Actor) -> Mapping[str, object]:
    annotated = ""
    if brought.annotated:
        with suppress(FileRefused):  # larger than a file may be: what is wrong is told on the page all the same
            upload = SimpleUploadedFile("目录-问题标注.xlsx", brought.annotated, SHEET)
            annotated = str(files.keep(take(upload, types=("xlsx",)), actor=actor).uuid)
    return {
        "registered": len(brought.codes), "known": len(brought.known), "faults": len(brought.faults), "annotated": annotated,
        "systems": brought.systems,
        "cells": [(one.sheet, xl_rowcol_to_cell(one.row - 1, one.column), one.sentence) for one in brought.faults[:TELLS]],
    }


def _actor(given: Given) -> Actor:
    if given.actor_kind == ActorKind.SYSTEM:
        return SYSTEM
    account = Account.objects.filter(username=given.actor_key, is_active=True).first()
    if given.actor_kind != ActorKind.STAFF or account is None:
        raise NotAllowed(f"提交人“{given.actor_key}”的账号已停用或不存在，目录没有导入；请换人重新上传。")
    return actor_of(account)
