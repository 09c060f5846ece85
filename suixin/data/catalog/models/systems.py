"""The register of information systems (信息系统清单), and which of them holds which resource."""

from django.db import models

from suixin.data.catalog.models.entries import Resource
from suixin.ground.people.models import Organisation


class Protection(models.TextChoices):
    """Grade of protection (网络安全等级保护)."""

    NONE = "0", "未定级"
    FIRST = "1", "一级"
    SECOND = "2", "二级"
    THIRD = "3", "三级"
    FOURTH = "4", "四级"
    FIFTH = "5", "五级"


class Network(models.TextChoices):
    """Where a system stands; systems of classified networks are no matter of this register."""

    EXTRANET = "extranet", "政务外网"
    INTERNET = "internet", "互联网"
    DEDICATED = "dedicated", "行业专网"
    LOCAL = "local", "单位内网"


class SystemState(models.TextChoices):
    """Life of a system."""

    BUILDING = "building", "在建"
    RUNNING = "running", "在用"
    STOPPED = "stopped", "停用"


class InformationSystem(models.Model):
    """One system; `code` is never given again. Which resources it holds follows from what their entries state."""

    code = models.SlugField("系统编码", max_length=64, unique=True)
    name = models.CharField("系统名称", max_length=200)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="systems", verbose_name="建设单位")
    operator = models.CharField("运维单位", max_length=200, blank=True)
    protection = models.CharField("等保级别", max_length=1, choices=Protection, default=Protection.NONE)
    databases = models.JSONField("数据库类型", default=list, blank=True)
    network = models.CharField("所在网络", max_length=16, choices=Network, default=Network.EXTRANET)
    live_on = models.DateField("上线日期", null=True, blank=True)
    state = models.CharField("状态", max_length=16, choices=SystemState, default=SystemState.RUNNING)
    contact = models.CharField("联系人", max_length=60, blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("organisation__lineage", "code")
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="system_named_once")]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """A system that holds a resource, as the resource's entry states (所属系统)."""

    system = models.ForeignKey(InformationSystem, models.CASCADE, related_name="holdings")
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="held_in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "resource"], name="held_once")]

    def __str__(self) -> str:
        return f"{self.system} ⊃ {self.resource}"
