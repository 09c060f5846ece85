"""Files handed in for a job: the bytes lie with the files, the job works as whoever handed them in may today.

Promise  the file is kept before the job is enqueued; it is kept until no job needs it any more
"""

from contextlib import suppress
from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

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
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed, NotFound

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Handing:
    """One kind of job that takes files of these types; `what` is brought by it, as a word for people."""

    kind: str
    owner: str
    what: str
    types: tuple[str, ...]

    def hand_in(self, upload: Upload, *, actor: Actor) -> Job:
        """The job that will bring the file; who may is asked by the caller. Raises FileRefused, ScannerSilent."""
        taken = take(upload, types=self.types)
        with transaction.atomic():
            kept = files.keep(taken, actor=actor)
            files.claim([kept.uuid], owner_kind=self.owner, owner_key=str(kept.uuid), actor=actor)
            return enqueue(self.kind, actor=actor, title=f"导入{self.what} {kept.name}", arguments={"file": str(kept.uuid)})

    def content(self, given: Given) -> bytes:
        """The file's bytes. Raises NotFound, UnknownAttachment."""
        held = Attachment.objects.filter(uuid=given.text("file"), owner_kind=self.owner).first()
        if held is None:
            raise NotFound("上传的原件不在了，没有导入；请重新上传这个文件。")
        with store.opened(held.sm3) as file:
            return file.read()

    def actor(self, given: Given) -> Actor:
        """Whoever handed it in, with the rights of today. Raises NotAllowed."""
        if given.actor_kind == ActorKind.SYSTEM:
            return SYSTEM
        account = Account.objects.filter(username=given.actor_key, is_active=True).first()
        if given.actor_kind != ActorKind.STAFF or account is None:
            raise NotAllowed(f"提交人“{given.actor_key}”的账号已停用或不存在，{self.what}没有导入；请换人重新上传。")
        return actor_of(account)

    def annotated(self, content: bytes, *, actor: Actor) -> str:
        """The id under which the annotated workbook is kept for them for a day; empty when there is none, or it is too large."""
        with suppress(FileRefused):  # what is wrong is told on the page all the same
            if content:
                upload = SimpleUploadedFile(f"{self.what}-问题标注.xlsx", content, SHEET)
                return str(files.keep(take(upload, types=("xlsx",)), actor=actor).uuid)
        return ""

    def forget_settled(self) -> int:
        """How many files were given up: no job still needs them."""
        open_jobs = Job.objects.filter(kind=self.kind, state__in=(JobState.WAITING, JobState.RUNNING, JobState.FAILED))
        needed = [arguments.get("file") for arguments in open_jobs.values_list("arguments", flat=True)]
        return Attachment.objects.filter(owner_kind=self.owner).exclude(owner_key__in=needed).delete()[0]
