"""Who there is: organisations with their tree, accounts of staff, posts with roles, applications of departments.

Promise  an organisation is known by its unified social credit code and is ended, never deleted; so is a post;
         `lineage` is always the credit codes from the root down, so that nobody walks up the tree;
         a secret and a telephone number are kept only sealed (SM4), a password only hashed (argon2)
Beside   what an account proves itself by, and where it is signed in: credentials.py
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from suixin.ground.people import credentials as credentials  # tables of this module too: Django finds them here
from suixin.ground.people import rules
from suixin.ground.security.fields import SealedTextField
from suixin.kit import clock


class OrganisationKind(models.TextChoices):
    """What an organisation is, by who set it up."""

    GOVERNMENT = "government", "政府"
    DEPARTMENT = "department", "部门"
    INSTITUTION = "institution", "事业单位"
    ENTERPRISE = "enterprise", "企业"
    OTHER = "other", "其他"


class Role(models.TextChoices):
    """What a post lets its holder do (ground/security/rules.py says what exactly)."""

    CLERK = "clerk", "经办人"
    HEAD_OF_SHARING = "head_of_sharing", "共享工作机构负责人"
    DEPARTMENT_HEAD = "department_head", "部门负责人"
    DATA_OFFICER = "data_officer", "数据专员"
    RECEPTION = "reception", "受理"
    REVIEW = "review", "审核"
    COORDINATION = "coordination", "协调"
    SUPERVISION = "supervision", "监督"
    LEADER = "leader", "领导"
    ADMINISTRATOR = "administrator", "系统管理员"
    SECURITY_OFFICER = "security_officer", "安全管理员"
    AUDITOR = "auditor", "审计员"
    OPERATOR = "operator", "运维"


class Level(models.TextChoices):
    """On which level of government an organisation stands."""

    PROVINCE = rules.PROVINCE, "省级"
    CITY = rules.CITY, "市级"
    COUNTY = rules.COUNTY, "县级"
    TOWNSHIP = rules.TOWNSHIP, "乡镇级"
    VILLAGE = rules.VILLAGE, "村级"


def _in_force(on: date, prefix: str = "") -> Q:
    return (Q(**{f"{prefix}valid_from": None}) | Q(**{f"{prefix}valid_from__lte": on})) & (
        Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gt": on})
    )


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Named filters of organisations."""

    def in_force(self, on: date) -> "OrganisationQuerySet":
        """Those that exist on that day."""
        return self.filter(_in_force(on))

    def below(self, lineage: str) -> "OrganisationQuerySet":
        """The organisation of that lineage and everything under it."""
        return self.filter(lineage__startswith=lineage)


class Organisation(models.Model):
    """A public body or firm. `valid_to` is the first day on which it no longer exists.

    A bureau (`is_bureau`) administers data for its government: its parent. Those of districts and parks are
    sub-bureaus of the same instance, with a name of their own on pages (`public_name`).
    """

    has_public_name = True  # a refusal may say it (security.policy)
    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=120)
    short_name = models.CharField("简称", max_length=60, blank=True)
    slug = models.SlugField("标识", max_length=60, unique=True)
    kind = models.CharField("类型", max_length=16, choices=OrganisationKind, default=OrganisationKind.DEPARTMENT)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    lineage = models.CharField("机构路径", max_length=400, db_index=True, editable=False, default="")
    division_code = models.CharField("行政区划代码", max_length=12, blank=True)
    level = models.CharField("层级", max_length=12, choices=Level, blank=True)
    is_bureau = models.BooleanField("数据主管部门", default=False)
    public_name = models.CharField("页面名称", max_length=60, blank=True)
    valid_from = models.DateField("生效日期", null=True, blank=True)
    valid_to = models.DateField("失效日期", null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.short_name or self.name

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:  # noqa: ANN401 as Django passes them
        """The row kept, its lineage after its parent's; children of a moved one follow in `actions`."""
        self.lineage = f"{self.parent.lineage if self.parent else ''}{self.uscc}/"
        fields = None if update_fields is None else {*update_fields, "lineage"}
        super().save(update_fields=fields, **options)

    @property
    def path(self) -> tuple[str, ...]:
        """Credit codes from the root of the tree down to this organisation."""
        return tuple(self.lineage.split("/")[:-1])

    @property
    def jurisdiction(self) -> str:
        """Credit code of the head of the subtree that its members govern."""
        return rules.jurisdiction_of(self.path, is_bureau=self.is_bureau)

    def is_in_force(self, on: date) -> bool:
        """Whether it exists on that day."""
        return rules.is_in_force(self.valid_from, self.valid_to, on)


class Account(AbstractUser):
    """A member of staff who signs in."""

    display_name = models.CharField("姓名", max_length=60, blank=True)
    mobile = SealedTextField("手机", purpose="account", blank=True)
    password_changed_at = models.DateTimeField("密码更改时间", default=clock.now)
    must_change_password = models.BooleanField("须改初始密码", default=False)
    must_enrol_factor = models.BooleanField("须登记二次验证", default=False)
    state_note = models.CharField("启停说明", max_length=200, blank=True)

    class Meta(AbstractUser.Meta):
        ordering = ("id",)

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """Paths of the organisations in which it holds posts, or held them when it holds none; security.policy asks."""
        posts = self.posts.select_related("organisation")
        held = posts.not_ended(clock.today()) or posts
        return tuple({post.organisation.path: None for post in held})


class PostQuerySet(models.QuerySet["Post"]):
    """Named filters of posts."""

    def in_force(self, on: date) -> "PostQuerySet":
        """Posts that give their role on that day: begun, not ended, in an organisation that exists."""
        return self.filter(_in_force(on), _in_force(on, "organisation__"))

    def not_ended(self, on: date) -> "PostQuerySet":
        """Posts in force on that day or later."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=on))


class Post(models.Model):
    """One role of one account in one organisation, for a time. `valid_to` is the first day on which it no longer holds."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="posts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=32, choices=Role)
    valid_from = models.DateField("任职日期", null=True, blank=True)
    valid_to = models.DateField("离任日期", null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["account", "organisation", "role"], condition=Q(valid_to=None), name="post_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.get_role_display()}"

    def is_in_force(self, on: date) -> bool:
        """Whether it gives its role on that day."""
        return rules.is_in_force(self.valid_from, self.valid_to, on) and self.organisation.is_in_force(on)


class Application(models.Model):
    """A department's program that calls the gateway, with the keys it signs with."""

    app_id = models.CharField("应用标识", max_length=64, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="applications")
    name = models.CharField("名称", max_length=120)
    is_active = models.BooleanField("启用", default=True)
    networks = models.JSONField("来源地址", default=list, blank=True)  # addresses and networks; empty: from anywhere
    styles = models.JSONField("其他签名方式", default=list, blank=True)  # `kit.signing_styles`, beside our own
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class KeyKind(models.TextChoices):
    """What an application signs with; the value is that of the header X-Sign-Alg."""

    HMAC = "HMAC-SM3", "共享密钥(HMAC-SM3)"
    SM2 = "SM2", "公钥(SM2)"


class ApplicationKeys(models.QuerySet["ApplicationKey"]):
    """Keys by what they still do."""

    def usable(self, now: datetime) -> "ApplicationKeys":
        """Those that sign at that instant."""
        return self.filter(revoked_at=None).exclude(expires_at__lte=now)


class ApplicationKey(models.Model):
    """One key of an application: a shared secret, sealed and shown once, or the public half of an SM2 key pair."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="keys", verbose_name="应用")
    key_id = models.CharField("密钥编号", max_length=40, unique=True)
    kind = models.CharField("算法", max_length=8, choices=KeyKind, default=KeyKind.HMAC)
    secret_sealed = models.BinaryField("密钥密文", default=b"")
    public = models.CharField("公钥", max_length=130, blank=True)
    created_at = models.DateTimeField("创建时间")
    created_by = models.CharField("创建人", max_length=60, blank=True)
    expires_at = models.DateTimeField("到期时间", null=True, blank=True)
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)

    objects = ApplicationKeys.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=KeyKind.SM2) & ~models.Q(public="") | models.Q(kind=KeyKind.HMAC, public=""),
                name="application_key_form",
            ),
        ]

    def __str__(self) -> str:
        return self.key_id

    @property
    def organisation(self) -> Organisation:
        """Whose application it is a key of."""
        return self.application.organisation


# the other population, in tables of the same application; it points to nothing above, nothing above points to it
from suixin.ground.people.residents import models as residents  # noqa: E402, F401  Django finds models from here
