"""Who we exchange with: other instances, each with its two public keys, in force once a second person agreed."""

from django.db import models

from suixin.ground.link.introductions import fingerprint_of


class Role(models.TextChoices):
    """Where the peer stands as seen from here."""

    UPPER = "upper", "上级平台"
    LOWER = "lower", "下级平台"
    EQUAL = "equal", "同级平台"


class PeerState(models.TextChoices):
    """Only an active peer's packages and messages are taken, or made for it."""

    WAITING = "waiting", "待批准"
    ACTIVE = "active", "启用"
    SUSPENDED = "suspended", "暂停"
    ENDED = "ended", "已解除"


class PeerQuerySet(models.QuerySet["Peer"]):
    """Named filters."""

    def active(self) -> "PeerQuerySet":
        """Those that we exchange with now."""
        return self.filter(state=PeerState.ACTIVE)


class Peer(models.Model):
    """Another instance. Keys are hex of 65 bytes; `*_key_id` is what their holder calls them.

    `next_keys`    keys that the peer announced, signed with those that it has; a person accepts them
    `former_keys`  signing keys before: what was signed with them counts when its number is below `before`; None: whatever it is
    """

    code = models.CharField("平台代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=80)
    role = models.CharField("关系", max_length=8, choices=Role)
    address = models.CharField("地址", max_length=300, blank=True)
    signing_key = models.CharField("签名公钥", max_length=130)
    signing_key_id = models.CharField("签名密钥编号", max_length=60)
    encryption_key = models.CharField("加密公钥", max_length=130)
    encryption_key_id = models.CharField("加密密钥编号", max_length=60)
    next_keys = models.JSONField("新公钥", default=dict, blank=True)
    former_keys = models.JSONField("原签名公钥", default=list, blank=True)
    state = models.CharField("状态", max_length=12, choices=PeerState, default=PeerState.WAITING)
    reason = models.CharField("理由", max_length=200, blank=True)
    asked_key = models.CharField("登记人", max_length=150)
    asked_at = models.DateTimeField("登记时间")
    decided_key = models.CharField("批准人", max_length=150, blank=True)
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)

    objects = PeerQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_key="") | ~models.Q(decided_key=models.F("asked_key")), name="peer_by_two_persons"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}({self.code})"

    @property
    def next_fingerprint(self) -> str:
        """The fingerprint of the announced keys; "" when none wait."""
        return fingerprint_of(self.next_keys["signing_key"], self.next_keys["encryption_key"]) if self.next_keys else ""

    @property
    def signing_keys(self) -> dict[str, int | None]:
        """Each signing key that counts, with the number below which it does; None: for whatever it signed."""
        return {str(one["key"]): one["before"] for one in self.former_keys} | {self.signing_key: None}

    @property
    def fingerprint(self) -> str:
        """What two persons compare before they agree."""
        return fingerprint_of(self.signing_key, self.encryption_key)
