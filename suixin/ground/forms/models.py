"""Drafts and submissions. What a form calls sensitive stands sealed, everything else as plain JSON.

`split` and `joined` part and join the two; nothing else reads the sealed text.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from suixin.ground.forms.declaration import Form
from suixin.ground.people.models import Organisation
from suixin.ground.security.fields import SealedTextField
from suixin.kit.actor import Actor

PURPOSE = "forms"


class FormVersion(models.Model):
    """The words of a form as they were when somebody answered it."""

    slug = models.CharField("表单", max_length=80)
    digest = models.CharField("SM3", max_length=64, unique=True)
    declaration = models.JSONField("声明", encoder=DjangoJSONEncoder)
    first_used_at = models.DateTimeField("首次使用")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.slug} {self.digest[:8]}"


class Answered(models.Model):
    """What drafts and submissions have in common: whose, about what, and the answers in two parts."""

    form = models.CharField("表单", max_length=80)
    title = models.CharField("名称", max_length=200)
    actor_kind = models.CharField("主体类型", max_length=16)
    actor_key = models.CharField("主体标识", max_length=150)
    actor_name = models.CharField("主体", max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="单位")
    subject_kind = models.CharField("事项类型", max_length=64, blank=True)
    subject_key = models.CharField("事项标识", max_length=200, blank=True)
    values = models.JSONField("答复", default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    def is_of(self, actor: Actor) -> bool:
        """Whether this person answered."""
        return (self.actor_kind, self.actor_key) == (actor.kind.value, actor.key)


class Draft(Answered):
    """Answers not handed in yet. `revision` counts savings, so that an older window overwrites nothing."""

    uuid = models.UUIDField("标识", unique=True, editable=False)
    sealed = SealedTextField("敏感答复", purpose=PURPOSE)
    step = models.PositiveSmallIntegerField("步骤", default=0)
    revision = models.PositiveIntegerField("保存次数", default=1)
    created_at = models.DateTimeField("建立时间")
    saved_at = models.DateTimeField("保存时间")
    expires_at = models.DateTimeField("失效时间", db_index=True)

    class Meta:
        ordering = ("-saved_at",)
        indexes = [models.Index(fields=["actor_kind", "actor_key", "-saved_at"], name="forms_draft_actor")]

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at <= now


class Submission(Answered):
    """Answers handed in; never changed. `token` is the draft's: handing in twice gives one."""

    uuid = models.UUIDField("标识", default=uuid.uuid4, unique=True, editable=False)
    token = models.UUIDField("请求标识", unique=True, editable=False)
    version = models.ForeignKey(FormVersion, models.PROTECT, related_name="+", verbose_name="表单版本")
    sealed = SealedTextField("敏感答复", purpose=PURPOSE)
    submitted_at = models.DateTimeField("提交时间")
    href = models.CharField("去向", max_length=300, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["actor_kind", "actor_key", "-id"], name="forms_submission_actor"),
            models.Index(fields=["subject_kind", "subject_key"], name="forms_submission_subject"),
        ]


def split(form: Form, values: Mapping[str, object]) -> tuple[dict[str, object], str]:
    """(what may stand plain, the rest as text to be sealed). A repeated group with one sensitive field is sealed whole."""
    hidden = {group.id if group.repeat else field.name for group, field in form.fields() if field.is_sensitive}
    secret = {name: value for name, value in values.items() if name in hidden}
    open_ = {name: value for name, value in values.items() if name not in hidden}
    return open_, json.dumps(secret, ensure_ascii=False) if secret else ""


def joined(answered: Draft | Submission) -> dict[str, object]:
    """All answers."""
    return {**answered.values, **(json.loads(answered.sealed) if answered.sealed else {})}
