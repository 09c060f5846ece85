"""Residents, the firms they stand for, and their sessions. No row here points to an account of staff, nor one there here.

Kept      of a person only what acting needs: name, number of the identity document and mobile, each sealed; how well
          the identity is proven. Never a password: the provider keeps those.
Promise   a closed resident keeps its uuid and its dates, nothing else; a session is known by the digest of its token
"""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q

from suixin.ground.people.residents.rules import AGENCY_LEVEL, TrustLevel
from suixin.ground.security.fields import SealedTextField
from suixin.ground.security.subjects import subject_indexes
from suixin.kit import clock

INDEX = 32  # characters of a blind index
DIGEST = 64


class Resident(models.Model):
    """A natural person, as one identity provider knows it."""

    uuid = models.UUIDField("标识", default=uuid4, unique=True, editable=False)
    issuer = models.CharField("身份提供方", max_length=300)
    subject = models.CharField("身份提供方的用户标识", max_length=255)
    name = SealedTextField("姓名", purpose="resident")
    id_number = SealedTextField("身份证号", purpose="resident")
    mobile = SealedTextField("手机号", purpose="resident")
    level = models.PositiveSmallIntegerField("信任等级", default=int(TrustLevel.REGISTERED))
    is_active = models.BooleanField("可登录", default=True)
    created_at = models.DateTimeField("首次登录", default=clock.now)
    closed_at = models.DateTimeField("注销时间", null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="resident_once")]

    def __str__(self) -> str:
        return str(self.uuid)  # never the name: this text reaches logs and sentences

    @property
    def trust(self) -> TrustLevel:
        """The level as its word."""
        return TrustLevel(self.level)


class Firm(models.Model):
    """A legal person that residents act for. Its name and code are public."""

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=120)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class AgencyKind(models.TextChoices):
    """In which position somebody stands for a firm."""

    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
    AGENT = "agent", "经办人"


class AgencyScope(models.TextChoices):
    """What an agent may do for the firm; a legal representative may all of it."""

    TRACES = "traces", "查看本企业数据的使用记录"
    AFFAIRS = "affairs", "以企业名义办事"


class AgencyQuerySet(models.QuerySet["Agency"]):
    """Agencies by what they are worth now."""

    def lasting(self) -> Self:
        """Neither revoked nor run out; accepted or not."""
        today = clock.today()
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today), revoked_at__isnull=True)

    def in_force(self) -> Self:
        """Those that somebody may act by today."""
        return self.lasting().filter(resident__isnull=False, valid_from__lte=clock.today())

    def offered_to(self, resident: Resident) -> Self:
        """Those that wait for this person's yes; none below real name, where the number is not proven."""
        if resident.trust < AGENCY_LEVEL:
            return self.none()
        return self.lasting().filter(resident__isnull=True, agent_index__in=subject_indexes(resident.id_number))


class Agency(models.Model):
    """One resident stands for one firm: as the provider says, or as the legal representative gave it.

    Given, it names the agent by the index of the identity number and waits until that person accepts.
    """

    uuid = models.UUIDField("标识", default=uuid4, unique=True, editable=False)
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="agencies")
    resident = models.ForeignKey(Resident, models.CASCADE, null=True, blank=True, related_name="agencies")
    agent_name = SealedTextField("经办人姓名", purpose="resident")
    agent_index = models.CharField("经办人身份证号盲索引", max_length=INDEX, blank=True, db_index=True)
    kind = models.CharField("身份", max_length=24, choices=AgencyKind)
    scopes = models.JSONField("范围", default=list)
    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    given_by = models.ForeignKey(Resident, models.SET_NULL, null=True, blank=True, related_name="given_agencies")
    created_at = models.DateTimeField("时间", default=clock.now)
    accepted_at = models.DateTimeField("接受时间", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.firm} {self.get_kind_display()}"

    @property
    def is_from_provider(self) -> bool:
        """Whether the provider said it, not a legal representative."""
        return self.given_by_id is None and not self.agent_index

    def may(self, scope: str) -> bool:
        """Whether it reaches that far."""
        return self.kind == AgencyKind.LEGAL_REPRESENTATIVE or scope in self.scopes


class ResidentSession(models.Model):
    """One signed-in browser. The token is in the browser only; here is its SM3 digest."""

    uuid = models.UUIDField("标识", default=uuid4, unique=True, editable=False)
    digest = models.CharField("令牌杂凑", max_length=DIGEST, unique=True)
    resident = models.ForeignKey(Resident, models.CASCADE, related_name="sessions")
    provider = models.CharField("身份提供方", max_length=60)
    level = models.PositiveSmallIntegerField("登录时的信任等级")
    acting_for = models.ForeignKey(Agency, models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField("登录时间")
    seen_at = models.DateTimeField("最近访问")
    ends_at = models.DateTimeField("最迟结束")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    address = models.CharField("网络地址", max_length=64, blank=True)
    terminal = models.CharField("终端", max_length=200, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return str(self.uuid)


class SignInAttempt(models.Model):
    """A sign-in on its way: what the browser left with, asked for again when it comes back, once."""

    state_digest = models.CharField("状态杂凑", max_length=DIGEST, unique=True)
    browser_digest = models.CharField("浏览器凭证杂凑", max_length=DIGEST)
    provider = models.CharField("身份提供方", max_length=60)
    nonce = models.CharField("随机数", max_length=64, blank=True)
    verifier = models.CharField("PKCE 校验串", max_length=128, blank=True)
    next = models.CharField("之后去的页面", max_length=500, blank=True)
    address = models.CharField("网络地址", max_length=64, db_index=True)
    at = models.DateTimeField("时间", db_index=True)
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.provider} {self.address}"
