"""What is kept beside applications: values that a form was filled in with, how applicants want to be told, what they were told."""

from django.db import models

from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Organisation
from suixin.ground.people.residents.models import Resident
from suixin.ground.security.fields import SealedTextField

PURPOSE = "cases"


class PrefilledValue(models.Model):
    """One question that a draft was given its answer to, and from where; read once, by `token` of the draft."""

    token = models.UUIDField("草稿")
    question = models.CharField("字段", max_length=40)
    label = models.CharField("名称", max_length=200)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+", verbose_name="信息资源")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="来源单位")
    field = models.CharField("信息项", max_length=64)
    key = SealedTextField("所查的号码", purpose=PURPOSE)
    shown = SealedTextField("数据里的值", purpose=PURPOSE)
    given = SealedTextField("填入表单的值", purpose=PURPOSE)  # JSON
    version = models.BigIntegerField("数据版本")
    as_of = models.DateTimeField("数据时间", null=True)
    grant = models.CharField("授权", max_length=36, blank=True)
    basis = models.CharField("依据", max_length=500, blank=True)
    read_at = models.DateTimeField("取得时间", db_index=True)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["token", "question"], name="case_prefilled_once")]

    def __str__(self) -> str:
        return f"{self.question} {self.token}"


class Contact(models.Model):
    """How a resident wants to be told of its cases; without a row by SMS to the number of the application, of everything."""

    resident = models.OneToOneField(Resident, models.CASCADE, related_name="case_contact", verbose_name="居民")
    mail = SealedTextField("邮箱", purpose=PURPOSE)
    mail_confirmed_at = models.DateTimeField("邮箱确认时间", null=True)
    wants_sms = models.BooleanField("短信", default=True)
    refused = models.JSONField("不要的提醒", default=list)  # kinds that are not mandatory
    changed_at = models.DateTimeField("更改时间")

    def __str__(self) -> str:
        return str(self.resident_id)  # never an address: this text reaches logs and sentences


class CaseNotice(models.Model):
    """What an applicant was told of a case by one channel; where it stands is the delivery's, found by recipient and key."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="notices")
    kind = models.CharField("种类", max_length=64)
    occasion = models.CharField("事由标识", max_length=60)
    channel = models.CharField("渠道", max_length=12)
    recipient = models.CharField("收件人盲索引", max_length=120)
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["case", "kind", "occasion", "channel"], name="case_told_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel}"
