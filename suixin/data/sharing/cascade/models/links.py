"""Who we are among platforms, and each platform that we exchange with."""

from django.db import models

from suixin.ground.link.models import Peer, PeerState
from suixin.ground.people.models import Application, Level, Organisation


class Platform(models.Model):
    """This instance as others know it; one row. `address` is where their letters reach us, "" when no network does."""

    code = models.CharField("平台代码", max_length=40, unique=True)
    name = models.CharField("平台名称", max_length=80)
    level = models.CharField("层级", max_length=12, choices=Level)
    division = models.CharField("行政区划代码", max_length=12)
    address = models.CharField("地址", max_length=300, blank=True)
    only = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="cascade_one_platform")]

    def __str__(self) -> str:
        return self.name


class Way(models.TextChoices):
    """How letters go."""

    HTTP = "http", "网络直连"
    FOLDER = "folder", "网间摆渡目录"
    DIRECT = "direct", "国家数据直达接口"


class LinkState(models.TextChoices):
    """A link carries letters while its peer is in force and nothing waits for a person."""

    ACTIVE = "active", "启用"
    HELD = "held", "待处理"
    STOPPED = "stopped", "已停用"


class LinkQuerySet(models.QuerySet["Link"]):
    """Named filters."""

    def active(self) -> "LinkQuerySet":
        """Those that carry letters now."""
        return self.filter(state=LinkState.ACTIVE, peer__state=PeerState.ACTIVE)


class Link(models.Model):
    """The way to and from one peer: who receives there what is granted here, how letters go, how far both ways are.

    `application`   the peer as a caller and as the subject of grants; its one key is the peer's signing key
    `division`      what the peer governs
    `sent`          number of the last letter that we wrote
    `acknowledged`  all up to this number are kept by the peer
    `received`      all up to this number are kept here; `applied` done here
    `handed`        last number that was given to a carrier which answers later, and when
    `heard_ms`      the peer's clock in its last word about its state; older ones say nothing new
    `failures`      in a row; `next_at` when it is tried again
    `our_keys`      which of our signing and encryption keys the peer knows, by which we sign to it; `told_keys`: those announced to it
    `catalogue`     number of the last event of our catalogue that was told, None: ours is not told to it
    """

    peer = models.OneToOneField(Peer, models.PROTECT, related_name="cascade", verbose_name="对端平台")
    level = models.CharField("层级", max_length=12, choices=Level)
    division = models.CharField("行政区划代码", max_length=12)
    way = models.CharField("通道", max_length=8, choices=Way, default=Way.HTTP)
    out_folder = models.CharField("发送目录", max_length=300, blank=True)
    in_folder = models.CharField("接收目录", max_length=300, blank=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="links", verbose_name="应用")
    state = models.CharField("状态", max_length=12, choices=LinkState, default=LinkState.ACTIVE)
    sentence = models.CharField("说明", max_length=600, blank=True)
    connected_at = models.DateTimeField("建立时间")
    sent = models.BigIntegerField("已写", default=0)
    acknowledged = models.BigIntegerField("对方已收", default=0)
    received = models.BigIntegerField("已收", default=0)
    applied = models.BigIntegerField("已办", default=0)
    handed = models.BigIntegerField("已交摆渡", default=0)
    handed_at = models.DateTimeField("交摆渡时间", null=True, blank=True)
    heard_ms = models.BigIntegerField("对方报告时刻", default=0)
    heard_at = models.DateTimeField("最近联通", null=True, blank=True)
    failures = models.PositiveIntegerField("连续失败", default=0)
    next_at = models.DateTimeField("下次发送", null=True, blank=True, db_index=True)
    catalogue = models.BigIntegerField("目录已报到", null=True, blank=True)
    our_keys = models.CharField("对方认可的本端密钥", max_length=130, blank=True)
    told_keys = models.CharField("已告知对方的本端密钥", max_length=130, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ("peer__code",)

    def __str__(self) -> str:
        return self.peer.name

    @property
    def code(self) -> str:
        """The peer's code."""
        return self.peer.code

    @property
    def our_key(self) -> str:
        """Which of our keys signs to it; "": the current one."""
        return self.our_keys.partition(" ")[0]

    @property
    def organisation(self) -> Organisation:
        """Who receives there what is granted here."""
        return self.application.organisation


class Reconciled(models.TextChoices):
    """What a day's comparison came to."""

    AGREED = "agreed", "一致"
    RESENT = "resent", "有缺失，已补发"
    DIFFERS = "differs", "不一致，待处理"


class Reconciliation(models.Model):
    """One direction of one day, counted at both ends: `ours` and `theirs` hold messages, rows and a digest over them all.

    `missing`: numbers that one end has and the other has not; `different`: those that both have with other content.
    """

    link = models.ForeignKey(Link, models.CASCADE, related_name="reconciliations")
    day = models.DateField("日期")
    is_outward = models.BooleanField("本端发出")
    ours = models.JSONField("本端")
    theirs = models.JSONField("对端")
    missing = models.JSONField("缺失", default=list)
    different = models.JSONField("不同", default=list)
    state = models.CharField("结果", max_length=8, choices=Reconciled)
    at = models.DateTimeField("对账时间")

    class Meta:
        ordering = ("-day", "link", "-is_outward")
        constraints = [models.UniqueConstraint(fields=["link", "day", "is_outward"], name="cascade_reconciled_once")]

    def __str__(self) -> str:
        return f"{self.link} {self.day} {self.get_state_display()}"
