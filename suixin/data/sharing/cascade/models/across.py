"""What goes across for an answer: requests for a peer's entry, doubts of a row that came from a peer; both ends of each."""

import uuid as uuid_lib

from django.db import models

from suixin.data.quality.models import Doubt
from suixin.data.sharing.cascade.models.flows import Intake, RemoteEntry
from suixin.data.sharing.cascade.models.letters import PURPOSE
from suixin.data.sharing.cascade.models.links import Link
from suixin.data.sharing.models import Part
from suixin.ground.people.models import Organisation
from suixin.ground.security.fields import SealedTextField


class AskState(models.TextChoices):
    """Where a request across stands; from `sent` on it is the peer that says so."""

    DRAFT = "draft", "待负责人同意"
    SENT = "sent", "已发出"
    DECIDING = "deciding", "对方办理中"
    SUPPLEMENT = "supplement", "待补正"
    AGREED = "agreed", "对方已同意"
    REFUSED = "refused", "对方不同意"
    ENDED = "ended", "已结束"


class RemoteRequest(models.Model):
    """A department here asks for an entry of a peer. `said` is its statement (Decree 809 art. 20); `due_at` the peer's limit."""

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    entry = models.ForeignKey(RemoteEntry, models.PROTECT, related_name="requests", verbose_name="对端目录")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="remote_requests", verbose_name="需求部门")
    said = models.JSONField("申请内容")
    state = models.CharField("状态", max_length=12, choices=AskState, default=AskState.DRAFT)
    stage = models.CharField("对方环节", max_length=120, blank=True)
    answer = models.CharField("答复", max_length=1000, blank=True)
    due_at = models.DateTimeField("对方时限", null=True, blank=True)
    drafted_at = models.DateTimeField("填写时间")
    drafted_by = models.CharField("经办人", max_length=150)
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    agreed_by = models.CharField("同意人", max_length=150, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.organisation} → {self.entry}"


class PeerRequest(models.Model):
    """The providing end: a peer's request as a part of ours, decided by its own procedure. `told`: what the peer was told last."""

    uuid = models.UUIDField("标识", unique=True, editable=False)
    link = models.ForeignKey(Link, models.PROTECT, related_name="peer_requests")
    part = models.OneToOneField(Part, models.PROTECT, related_name="peer_request")
    told = models.JSONField("已告知", default=dict)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.part)


class ObjectionState(models.TextChoices):
    """Where a doubt of a peer's row stands."""

    SENT = "sent", "已发出"
    CORRECTED = "corrected", "已更正"
    REFUTED = "refuted", "核实无误"
    REFUSED = "refused", "未受理"


class Objection(models.Model):
    """A row that came from a peer is said to be wrong here. `sealed`: which row, what it should be, why."""

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="objections")
    field = models.CharField("信息项", max_length=64)
    sealed = SealedTextField("内容", purpose=PURPOSE)
    state = models.CharField("状态", max_length=12, choices=ObjectionState, default=ObjectionState.SENT)
    answer = models.CharField("结果", max_length=1000, blank=True)
    asked_by = models.CharField("提出人", max_length=150)
    asked_at = models.DateTimeField("提出时间")
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.intake}:{self.field}"


class PeerDoubt(models.Model):
    """The source's end of an objection: the doubt that it became; answered once."""

    uuid = models.UUIDField("标识", unique=True, editable=False)
    link = models.ForeignKey(Link, models.PROTECT, related_name="peer_doubts")
    doubt = models.OneToOneField(Doubt, models.PROTECT, related_name="peer_doubt")
    is_told = models.BooleanField("已答复", default=False)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.uuid)
