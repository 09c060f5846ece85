"""Notices that people read here, the outbox of what goes to them elsewhere, and what each of them prefers.

Promise  a notice is written with what it tells of, once for each account, kind and key; so is a delivery;
         a delivery is one process's while its lease runs, and its attempt was on record before anything was handed over
Sealed   addresses that somebody typed in (SM4); those of accounts are read from the account at the hand-over
"""

import uuid as uuid_lib

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from suixin.ground.people.models import Account, Organisation
from suixin.ground.security.fields import SealedTextField

PURPOSE = "notify"


class Channel(models.TextChoices):
    """By what a message leaves the house."""

    MAIL = "mail", "电子邮件"
    SMS = "sms", "短信"
    WECOM = "wecom", "政务微信"
    DINGTALK = "dingtalk", "钉钉"


class Urgency(models.TextChoices):
    """Whether a message waits for working hours."""

    NORMAL = "normal", "普通"
    URGENT = "urgent", "紧急"


class State(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", "等待发送"
    SENDING = "sending", "发送中"
    UNKNOWN = "unknown", "结果不明"
    RETRYING = "retrying", "暂时失败"
    SENT = "sent", "已发出"
    DELIVERED = "delivered", "已送达"
    FAILED = "failed", "发送失败"
    GIVEN_UP = "given_up", "已放弃"
    COLLECTED = "collected", "并入汇总"


DUE = (State.WAITING, State.RETRYING, State.UNKNOWN)
OVER_BADLY = (State.FAILED, State.GIVEN_UP)


class Notice(models.Model):
    """A message in the house, to one account."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="notices")
    kind = models.CharField("种类", max_length=64)
    key = models.CharField("标识", max_length=200)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("正文", blank=True)
    href = models.CharField("地址", max_length=500, blank=True)
    urgency = models.CharField("紧急程度", max_length=8, choices=Urgency, default=Urgency.NORMAL)
    data = models.JSONField("内容", default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["account", "kind", "key"], name="notify_notice_once")]
        indexes = [
            models.Index(fields=["account", "-id"], name="notify_notice_mine"),
            models.Index(fields=["account"], name="notify_notice_unread", condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One message on its way to one recipient outside; `rest` are the channels to try after this one.

    `recipient` tells who it is for (`account:7`, `post:3:clerk`, `address:mail:<digest>`). Of a post without a holder
    the channel is empty until there is one.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    recipient = models.CharField("收件人", max_length=120)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="deliveries")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    role = models.CharField("角色", max_length=32, blank=True)
    address = SealedTextField("地址", purpose=PURPOSE, blank=True)
    kind = models.CharField("种类", max_length=64)
    key = models.CharField("标识", max_length=200)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("正文", blank=True)
    href = models.CharField("链接", max_length=500, blank=True)
    urgency = models.CharField("紧急程度", max_length=8, choices=Urgency, default=Urgency.NORMAL)
    data = models.JSONField("内容", default=dict, encoder=DjangoJSONEncoder)
    channel = models.CharField("渠道", max_length=12, choices=Channel, blank=True)
    rest = models.JSONField("后备渠道", default=list)
    state = models.CharField("状态", max_length=12, choices=State, default=State.WAITING)
    is_digest = models.BooleanField("等待汇总", default=False)
    digest = models.ForeignKey("self", models.CASCADE, null=True, related_name="members")
    created_at = models.DateTimeField("时间")
    due_at = models.DateTimeField("应发时间")
    tries = models.PositiveSmallIntegerField("本渠道已试次数", default=0)
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    attempt = models.UUIDField("本次发送", null=True)
    lease_until = models.DateTimeField("租约到期", null=True)
    receipt = models.CharField("回执号", max_length=200, blank=True)
    code = models.CharField("代码", max_length=64, blank=True)
    sentence = models.CharField("说明", max_length=500, blank=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    delivered_at = models.DateTimeField("送达时间", null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["recipient", "kind", "key"], name="notify_delivery_once")]
        indexes = [
            models.Index(fields=["channel", "due_at"], name="notify_due", condition=Q(state__in=["waiting", "retrying", "unknown"])),
            models.Index(fields=["lease_until"], name="notify_lease", condition=Q(state="sending")),
            models.Index(fields=["state", "-id"], name="notify_state"),
            models.Index(fields=["channel", "state"], name="notify_channel_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @property
    def message_id(self) -> str:
        """By what the provider knows it again; the same at every attempt on this channel."""
        return f"{self.uuid}.{self.channel}"


class Attempt(models.Model):
    """One hand-over to a provider, on record before it happens; without an outcome it was cut off."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="history")
    uuid = models.UUIDField(unique=True)
    channel = models.CharField("渠道", max_length=12, choices=Channel)
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True)
    outcome = models.CharField("结果", max_length=12, blank=True)
    code = models.CharField("代码", max_length=64, blank=True)
    sentence = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.outcome or '—'}"


class Preference(models.Model):
    """How an account wants to be told; without a row, as the kinds and the settings say."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="notify_preference")
    channels = models.JSONField("渠道顺序", null=True)  # null: as the kind says
    is_digest = models.BooleanField("每日汇总", default=False)
    digest_at = models.TimeField("汇总时间", null=True)
    has_quiet = models.BooleanField("免打扰", default=True)
    quiet_from = models.TimeField("免打扰开始", null=True)  # null: as the setting says
    quiet_until = models.TimeField("免打扰结束", null=True)
    wecom = SealedTextField("政务微信账号", purpose=PURPOSE, blank=True)
    dingtalk = SealedTextField("钉钉账号", purpose=PURPOSE, blank=True)
    changed_at = models.DateTimeField("更改时间")

    def __str__(self) -> str:
        return str(self.account)
