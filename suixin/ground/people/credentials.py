"""What an account proves itself by, and where it is signed in: tables of the sign-in.

Promise  nothing here signs anybody in when it is stolen: keys are sealed (SM4), codes and tokens are keyed digests
         (HMAC-SM3), former passwords argon2 hashes; a passkey is a public key
"""

from django.db import models

from suixin.ground.security.fields import SealedTextField
from suixin.kit import clock

ACCOUNT = "people.Account"


class TotpFactor(models.Model):
    """An authenticator application; it counts once its first code was typed in."""

    account = models.OneToOneField(ACCOUNT, models.CASCADE, related_name="totp")
    key = SealedTextField("密钥", purpose="sign-in")
    confirmed_at = models.DateTimeField("启用时间", null=True, blank=True)
    last_step = models.BigIntegerField("最近用过的时间步", default=-1)
    drift = models.SmallIntegerField("时钟偏移步数", default=0)

    def __str__(self) -> str:
        return f"{self.account} TOTP"


class RecoveryCode(models.Model):
    """One of the codes for the day on which the telephone is lost; each works once."""

    account = models.ForeignKey(ACCOUNT, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField("杂凑", max_length=32, unique=True)
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.account} 恢复码"


class Passkey(models.Model):
    """A public key whose private half never leaves its owner's device; it works on one host name (`rp_id`)."""

    account = models.ForeignKey(ACCOUNT, models.CASCADE, related_name="passkeys")
    name = models.CharField("名称", max_length=60)
    credential_id = models.CharField("凭据标识", max_length=1400, unique=True)
    public_key = models.BinaryField("公钥")
    sign_count = models.BigIntegerField("签名计数", default=0)
    rp_id = models.CharField("站点", max_length=253)
    created_at = models.DateTimeField("登记时间", default=clock.now)
    used_at = models.DateTimeField("最近使用", null=True, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class FormerPassword(models.Model):
    """A password that was changed, as its hash, so that it is not taken again too soon."""

    account = models.ForeignKey(ACCOUNT, models.CASCADE, related_name="former_passwords")
    hash = models.CharField("杂凑", max_length=128)
    at = models.DateTimeField("停用时间", default=clock.now)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.account} {self.at:%F}"


class StaffSession(models.Model):
    """One browser in which an account is signed in."""

    account = models.ForeignKey(ACCOUNT, models.CASCADE, related_name="sessions")
    key = models.CharField("会话标识", max_length=40, unique=True)
    started_at = models.DateTimeField("登录时间", default=clock.now)
    seen_at = models.DateTimeField("最近活动", default=clock.now)
    address = models.CharField("地址", max_length=45, blank=True)
    agent = models.CharField("浏览器", max_length=250, blank=True)
    method = models.CharField("登录方式", max_length=32, blank=True)

    class Meta:
        ordering = ("-seen_at", "-id")

    def __str__(self) -> str:
        return f"{self.account} {self.address} {self.started_at:%F %T}"


class TokenScope(models.TextChoices):
    """What a program may do with a token of its owner."""

    READ = "read", "只读"
    CATALOG = "catalog", "读取，并登记和变更目录"
    WRITE = "write", "读写"


class PersonalToken(models.Model):
    """A token by which a program of the account's owner calls the interface as its owner."""

    account = models.ForeignKey(ACCOUNT, models.CASCADE, related_name="tokens")
    name = models.CharField("名称", max_length=60)
    digest = models.CharField("杂凑", max_length=32, unique=True)
    scope = models.CharField("权限", max_length=8, choices=TokenScope, default=TokenScope.READ)
    created_at = models.DateTimeField("创建时间", default=clock.now)
    expires_at = models.DateTimeField("到期时间")
    used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name
