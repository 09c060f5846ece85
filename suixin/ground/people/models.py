"""Who there is: organisations with their tree, accounts of staff, posts with roles, applications of departments.

Promise  an organisation is known by its unified social credit code and is ended, never deleted;
         a secret is kept only sealed (SM4), a password only hashed (argon2)
"""

from django.contrib.auth.models import AbstractUser
from django.db import models


class OrganisationKind(models.TextChoices):
    """What an organisation is, by who set it up."""

    GOVERNMENT = "government", "政府"
    DEPARTMENT = "department", "部门"
    INSTITUTION = "institution", "事业单位"
    ENTERPRISE = "enterprise", "企业"
    OTHER = "other", "其他"


class Role(models.TextChoices):
    """What a post lets its holder do (ground/security/rules.py says what exactly)."""

    DATA_OFFICER = "data_officer", "数据专员"
    CLERK = "clerk", "部门经办"
    HEAD_OF_SHARING = "head_of_sharing", "共享审批负责人"
    AUDITOR = "auditor", "审计员"
    OPERATOR = "operator", "运维员"
    LEADER = "leader", "领导"


class Organisation(models.Model):
    """A public body or firm. `valid_to` is the first day on which it no longer exists."""

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=120)
    short_name = models.CharField("简称", max_length=60, blank=True)
    slug = models.SlugField("标识", max_length=60, unique=True)
    kind = models.CharField("类型", max_length=16, choices=OrganisationKind, default=OrganisationKind.DEPARTMENT)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    division_code = models.CharField("行政区划代码", max_length=12, blank=True)
    valid_from = models.DateField("生效日期", null=True, blank=True)
    valid_to = models.DateField("失效日期", null=True, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.short_name or self.name

    @property
    def path(self) -> tuple[str, ...]:
        """Credit codes from the root of the tree down to this organisation."""
        codes: list[str] = []
        node: Organisation | None = self
        while node is not None and node.uscc not in codes:
            codes.append(node.uscc)
            node = node.parent
        return tuple(reversed(codes))


class Account(AbstractUser):
    """A member of staff who signs in."""

    display_name = models.CharField("姓名", max_length=60, blank=True)

    class Meta(AbstractUser.Meta):
        ordering = ("id",)

    def __str__(self) -> str:
        return self.display_name or self.username


class Post(models.Model):
    """One role of one account in one organisation."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="posts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=32, choices=Role)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["account", "organisation", "role"], name="post_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.get_role_display()}"


class LoginFailure(models.Model):
    """One failed attempt to sign in, kept as long as it counts (logins.WINDOW)."""

    username = models.CharField("账号", max_length=150, db_index=True)
    address = models.CharField("地址", max_length=64, db_index=True)
    at = models.DateTimeField("时间", db_index=True)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.username} {self.address}"


class Application(models.Model):
    """A department's program that calls the gateway. Its secret is shown once, when it is made."""

    app_id = models.CharField("应用标识", max_length=64, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="applications")
    name = models.CharField("名称", max_length=120)
    secret_sealed = models.BinaryField("密钥密文")
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name
