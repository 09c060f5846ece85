"""Which resource is answered by which department's interface."""

from django.db import models

from suixin.data.catalog.models import Resource
from suixin.data.collection.models import Source
from suixin.ground.people.models import Organisation


class ProxyState(models.TextChoices):
    """A proxy is called from its approval until somebody stops it."""

    WAITING = "waiting", "待批准"
    ACTIVE = "active", "启用"
    REFUSED = "refused", "未批准"
    STOPPED = "stopped", "已停用"


class Method(models.TextChoices):
    """How it is asked: parameters in the address, or members of a JSON body."""

    GET = "GET", "GET"
    POST = "POST", "POST"


class Proxy(models.Model):
    """One interface. `parameters`: ours by theirs, ours are items' fields; `members`: theirs by items' fields where they differ.

    `rows` is the dotted path of the record or the records in the answer; `sample` the values that a check calls with.
    By POST the body is `fixed` with the parameters as members, a dot in theirs leading one object deeper.
    """

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="proxies", verbose_name="信息资源")
    source = models.ForeignKey(Source, models.PROTECT, related_name="proxies", verbose_name="来源系统")
    path = models.CharField("路径", max_length=300)
    method = models.CharField("方法", max_length=4, choices=Method, default=Method.GET)
    fixed = models.JSONField("固定成员", default=dict, blank=True)
    parameters = models.JSONField("参数", default=dict)
    members = models.JSONField("成员", default=dict, blank=True)
    rows = models.CharField("记录所在位置", max_length=200, blank=True)
    sample = models.JSONField("试调用的参数", default=dict, blank=True)
    seconds = models.PositiveSmallIntegerField("时限(秒)", default=10)
    per_second = models.PositiveSmallIntegerField("每秒次数", default=20)
    state = models.CharField("状态", max_length=12, choices=ProxyState, default=ProxyState.WAITING)
    reason = models.CharField("理由", max_length=200, blank=True)
    asked_key = models.CharField("登记人", max_length=150)
    asked_at = models.DateTimeField("登记时间")
    decided_key = models.CharField("批准人", max_length=150, blank=True)
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    health = models.CharField("检查结果", max_length=600, blank=True)
    is_well = models.BooleanField("正常", null=True)
    checked_at = models.DateTimeField("检查时间", null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_key="") | ~models.Q(decided_key=models.F("asked_key")), name="proxy_by_two_persons"
            ),
            models.UniqueConstraint(fields=["resource"], condition=models.Q(state="active"), name="proxy_one_active"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} ← {self.source_id}{self.path}"

    @property
    def organisation(self) -> Organisation:
        """Whose interface it is."""
        return self.source.organisation


class Breaker(models.Model):
    """What all processes saw of one interface: failures in a row, the last of them, until when one call is being tried."""

    proxy = models.OneToOneField(Proxy, models.CASCADE, primary_key=True, related_name="breaker")
    failures = models.PositiveIntegerField("连续失败", default=0)
    opened_at = models.DateTimeField("最近失败")
    trying_until = models.DateTimeField("试调用至", null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.proxy_id} {self.failures}"
