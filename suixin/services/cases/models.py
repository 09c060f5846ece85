"""Applications and cases: who asks, what for, where it stands; what hangs on a case stands in `attached.py`.

Application  what was handed in once: who applies (sealed), for whom, by which channel; `token` is the draft's, so that handing
             in twice gives one
Case         one item of an application; it keeps the version of the item that was in force, and two runs of the flow engine:
             reception (收件 → 受理, five days) and, from acceptance on, handling, whose limits are the item's
State        follows the runs inside their transactions (`following.py`); dates and colours are theirs and stand there
"""

import uuid as uuid_lib

from django.db import models
from django.db.models import Q

from suixin.ground.flow.models import Instance
from suixin.ground.forms.models import Submission
from suixin.ground.people.models import Organisation
from suixin.ground.security.fields import BlindIndexField, SealedTextField
from suixin.services.cases import attached, kept  # noqa: F401  tables of this module too: Django finds them here
from suixin.services.cases.attached import Authority
from suixin.services.items.models import ItemVersion

PURPOSE = "cases"


class Counter(models.Model):
    """The last number given under a prefix."""

    prefix = models.CharField("前缀", max_length=80, unique=True)
    last = models.PositiveIntegerField("末号", default=0)

    def __str__(self) -> str:
        return f"{self.prefix} {self.last}"


class Channel(models.TextChoices):
    """How an application came."""

    ONLINE = "online", "网上"
    WINDOW = "window", "窗口"


class ApplicantKind(models.TextChoices):
    """For whom it is."""

    PERSON = "person", "自然人"
    FIRM = "firm", "法人"


class Application(models.Model):
    """What was handed in once. `actor_*` is who did: the person itself, its agent, or the clerk of a window."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    token = models.UUIDField("请求标识", unique=True)
    submission = models.OneToOneField(Submission, models.PROTECT, null=True, related_name="+", verbose_name="填报")
    channel = models.CharField("渠道", max_length=8, choices=Channel)
    kind = models.CharField("申请人类型", max_length=8, choices=ApplicantKind)
    name = SealedTextField("申请人", purpose=PURPOSE)
    name_index = BlindIndexField("申请人姓名盲索引", source="name")
    id_number = SealedTextField("证件号码", purpose=PURPOSE)
    mobile = SealedTextField("联系电话", purpose=PURPOSE)
    shown_name = models.CharField("申请人（脱敏）", max_length=120)
    subject_index = models.CharField("申请人盲索引", max_length=32, db_index=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    is_by_agent = models.BooleanField("代办", default=False)
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, related_name="applications", verbose_name="授权")
    authority_document = models.CharField("窗口查验的委托书", max_length=200, blank=True)
    guardian = SealedTextField("监护人", purpose=PURPOSE)
    answers = models.JSONField("情况", default=dict)  # by name of the question of the guide
    delivery = models.CharField("领取方式", max_length=12, default="window")
    address = SealedTextField("邮寄地址", purpose=PURPOSE)
    actor_kind = models.CharField("提交人类型", max_length=16)
    actor_key = models.CharField("提交人标识", max_length=150)
    actor_name = models.CharField("提交人", max_length=120)
    actor_organisation = models.CharField("提交人机构", max_length=18, blank=True)
    window = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="收件窗口所属")
    visit = models.UUIDField("到窗标识", null=True, blank=True, db_index=True)
    submitted_at = models.DateTimeField("提交时间")

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["actor_kind", "actor_key", "-id"], name="cases_application_actor"),
            models.Index(fields=["shown_name", "-id"], name="cases_application_name"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)  # never the name: this text reaches logs and sentences


class State(models.TextChoices):
    """Where a case stands (services.md 1.7)."""

    SIGNING = "signing", "待会签"
    RECEIVED = "received", "已收件"
    SUPPLEMENT = "supplement", "待补正"
    REFUSED = "refused", "不予受理"
    ACCEPTED = "accepted", "审查中"
    SPECIAL = "special", "特别程序"
    GRANTED = "granted", "准予，待送达"
    DENIED = "denied", "不予许可"
    CLOSED = "closed", "办结"
    WITHDRAWN = "withdrawn", "已撤回"
    STOPPED = "stopped", "已终止"
    ARCHIVED = "archived", "已归档"


LIVE = (State.SIGNING, State.RECEIVED, State.SUPPLEMENT, State.ACCEPTED, State.SPECIAL, State.GRANTED)
OVER = (State.REFUSED, State.DENIED, State.CLOSED, State.WITHDRAWN, State.STOPPED, State.ARCHIVED)


class Decision(models.TextChoices):
    """What was decided."""

    NONE = "", "未决定"
    GRANTED = "granted", "准予"
    DENIED = "denied", "不予"


class Case(models.Model):
    """One item of an application, under one number. Reception and handling are runs of the flow engine."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    number = models.CharField("办件编号", max_length=40, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="cases")
    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="cases", verbose_name="事项版本")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cases", verbose_name="办理部门")
    title = models.CharField("事项", max_length=300)
    is_at_once = models.BooleanField("即办件", default=False)
    state = models.CharField("状态", max_length=12, choices=State, default=State.RECEIVED)
    reception = models.OneToOneField(Instance, models.PROTECT, null=True, related_name="+", verbose_name="收件流程")
    handling = models.OneToOneField(Instance, models.PROTECT, null=True, related_name="+", verbose_name="办理流程")
    received_at = models.DateTimeField("收件时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    is_deemed = models.BooleanField("视为受理", default=False)
    decision = models.CharField("决定", max_length=8, choices=Decision, blank=True, default="")
    decided_at = models.DateTimeField("决定时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    reason = models.CharField("理由", max_length=1000, blank=True)
    delivered_to = SealedTextField("领取人", purpose=PURPOSE)
    delivery_note = models.CharField("送达记录", max_length=200, blank=True)
    archived_at = models.DateTimeField("归档时间", null=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["organisation", "state", "-id"], name="cases_by_department"),
            models.Index(fields=["state", "-id"], name="cases_by_state"),
            models.Index(fields=["organisation", "-id"], name="cases_of_department"),
            models.Index(fields=["-id"], name="cases_live", condition=Q(state__in=LIVE)),
            models.Index(fields=["organisation", "state"], include=["handling"], name="cases_live_department", condition=Q(state__in=LIVE)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["application", "version"], name="case_once"),
            models.CheckConstraint(condition=Q(decision="") | Q(decided_at__isnull=False), name="case_decided_when"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def query_code(self) -> str:
        """What the receipt shows, for whoever asks without signing in."""
        return self.uuid.hex[:12]

    @property
    def is_live(self) -> bool:
        """Whether anything is still to come."""
        return self.state in LIVE

    @property
    def run(self) -> Instance | None:
        """The run that counts now: handling once there is one."""
        return self.handling or self.reception
