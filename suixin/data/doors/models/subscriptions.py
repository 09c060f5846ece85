"""Subscriptions: where changes of a resource are told, how far, and what could not be told."""

import uuid as uuid_lib

from django.db import models

from suixin.data.catalog.models import Resource
from suixin.data.doors.models.tables import PURPOSE, ExchangeState
from suixin.ground.people.models import Application, Organisation
from suixin.ground.security.fields import SealedTextField


class Subscription(models.Model):
    """Changes of one resource to one address. `version` is told whole; of those up to `goal` the first `part` messages are.

    `failures` in a row of the message that is next; `secret` signs, and is shown once.
    """

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="subscriptions", verbose_name="应用")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="subscriptions", verbose_name="信息资源")
    url = models.CharField("地址", max_length=500)
    secret = SealedTextField("签名密钥", purpose=PURPOSE)
    version = models.BigIntegerField("已送达的版本")
    goal = models.BigIntegerField("正在送的版本", null=True, blank=True)
    part = models.PositiveIntegerField("已送达的条", default=0)
    failures = models.PositiveIntegerField("连续失败", default=0)
    state = models.CharField("状态", max_length=12, choices=ExchangeState, default=ExchangeState.ENABLED)
    sentence = models.CharField("说明", max_length=600, blank=True)
    next_at = models.DateTimeField("下次投递", null=True, blank=True, db_index=True)
    told_at = models.DateTimeField("最近送达", null=True, blank=True)
    told = models.BigIntegerField("送达行数", default=0)
    created_at = models.DateTimeField("订阅时间")

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["application", "resource", "url"], name="one_subscription_of_an_address")]

    def __str__(self) -> str:
        return f"{self.resource} → {self.application}"

    @property
    def organisation(self) -> Organisation:
        """Whose application is told."""
        return self.application.organisation


class DeadLetter(models.Model):
    """A message that the receiver refused for good; kept until it is sent again. `shape`: of the plan that it was made by."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="letters")
    message_id = models.CharField("消息标识", max_length=120)
    body = SealedTextField("内容", purpose=PURPOSE)
    rows = models.PositiveIntegerField("行数")
    shape = models.CharField("授权范围", max_length=64, blank=True)
    sentence = models.CharField("原因", max_length=600)
    created_at = models.DateTimeField("放弃时间")
    sent_at = models.DateTimeField("重送时间", null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["subscription", "message_id"], name="dead_letter_once")]

    def __str__(self) -> str:
        return self.message_id
