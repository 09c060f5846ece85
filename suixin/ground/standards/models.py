"""What a city keeps of standards: code sets and elements with their versions, departments' own sets, mappings between them.

Rows     of a code set lie once, from the version that brought them (`since`) to the one that ended them (`until`), so that a
         version costs what it changes, however many codes the set has
Promise  a published version never changes; a draft is the list of what it changes; one is open at a time
Owner    an organisation's credit code (people stand above this module); "" is the platform's, its bureau's to keep
"""

import uuid as uuid_lib
from datetime import date

from django.db import models
from django.db.models import Q


class Kind(models.TextChoices):
    """What a standard is."""

    CODE_SET = "code_set", "代码集"
    ELEMENT = "element", "数据元"


class State(models.TextChoices):
    """Life of a version or mapping; what is published stays, a later mapping takes its place."""

    DRAFT = "draft", "草稿"
    REVIEWING = "reviewing", "待审核"
    PUBLISHED = "published", "已发布"
    REPLACED = "replaced", "已被替代"


OPEN = (State.DRAFT, State.REVIEWING)


class Owned(models.Model):
    """Belongs to an organisation, or to the platform."""

    owner = models.CharField("归属单位代码", max_length=18, blank=True, db_index=True)
    lineage = models.JSONField("归属单位的上级", default=list, blank=True)
    owner_name = models.CharField("归属单位", max_length=120, blank=True)

    class Meta:
        abstract = True

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """Credit codes from the root down to the owner; an empty one is nobody's in particular (security.policy)."""
        return (tuple(self.lineage) or ((self.owner,) if self.owner else ()),)


class Standard(Owned):
    """A code set or a data element that is kept here; `code` is how contracts name it, an element's is its field."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    code = models.CharField("代码", max_length=64)
    name = models.CharField("名称", max_length=200)

    class Meta:
        ordering = ("kind", "code")
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="standard_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Version(models.Model):
    """One version: what it changes is in `changes` (of a set), what it says in `content` (of an element).

    `valid_from` None: from ever. `translates`: a code that was abolished for exactly one successor is taken as that one.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    standard = models.ForeignKey(Standard, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField("序号")
    label = models.CharField("版本", max_length=32)
    name = models.CharField("名称", max_length=200)
    source = models.CharField("来源", max_length=300, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)
    valid_from = models.DateField("施行日期", null=True, blank=True)
    translates = models.BooleanField("旧代码换成接替代码", default=True)
    content = models.JSONField("内容", default=dict, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT, db_index=True)
    total = models.PositiveIntegerField("代码数", default=0)
    digest = models.CharField("内容 SM3", max_length=64, blank=True)
    drafted_by = models.CharField("起草人", max_length=150, blank=True)
    submitted_by = models.CharField("提交人", max_length=150, blank=True)
    published_by = models.CharField("发布人", max_length=150, blank=True)
    created_at = models.DateTimeField("建立时间")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    class Meta:
        ordering = ("standard", "-number")
        constraints = [
            models.UniqueConstraint(fields=["standard", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["standard", "label"], name="version_label_once"),
            models.UniqueConstraint(fields=["standard"], condition=Q(state__in=OPEN), name="version_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.standard.code}@{self.label}"

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """Whose standard it is."""
        return self.standard.owner_paths


class Code(models.Model):
    """One code as it stands from version number `since` on, before `until`."""

    standard = models.ForeignKey(Standard, models.CASCADE, related_name="codes")
    code = models.CharField("代码", max_length=64)
    name = models.CharField("名称", max_length=300)
    parent = models.CharField("上级代码", max_length=64, blank=True)
    aliases = models.JSONField("别名", default=list, blank=True)
    since = models.PositiveIntegerField("起始版本")
    until = models.PositiveIntegerField("终止版本", null=True, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = [models.UniqueConstraint(fields=["standard", "code", "since"], name="code_once_a_version")]
        indexes = [models.Index(fields=["standard", "until", "code"], name="code_in_force")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ChangeKind(models.TextChoices):
    """What a version does to a code."""

    ADDED = "added", "新增"
    RENAMED = "renamed", "改名"
    ABOLISHED = "abolished", "废止"


class CodeChange(models.Model):
    """What a version does to one code; `former` is its name before, `successors` what an abolished one became."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="changes")
    kind = models.CharField("变化", max_length=12, choices=ChangeKind)
    code = models.CharField("代码", max_length=64)
    name = models.CharField("名称", max_length=300, blank=True)
    parent = models.CharField("上级代码", max_length=64, blank=True)
    aliases = models.JSONField("别名", default=list, blank=True)
    former = models.CharField("原名称", max_length=300, blank=True)
    successors = models.JSONField("接替代码", default=list, blank=True)

    class Meta:
        ordering = ("kind", "code")
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="change_once_a_code")]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Mapping(Owned):
    """How a department's own codes (`own`) stand to a standard set (`target`, its code); a newer number replaces it."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    own = models.ForeignKey(Standard, models.PROTECT, related_name="mappings")
    target = models.CharField("标准代码集", max_length=64)
    number = models.PositiveIntegerField("序号")
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT, db_index=True)
    digest = models.CharField("内容 SM3", max_length=64, blank=True)
    drafted_by = models.CharField("起草人", max_length=150, blank=True)
    submitted_by = models.CharField("提交人", max_length=150, blank=True)
    published_by = models.CharField("发布人", max_length=150, blank=True)
    created_at = models.DateTimeField("建立时间")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    class Meta:
        ordering = ("own", "target", "-number")
        constraints = [
            models.UniqueConstraint(fields=["own", "target", "number"], name="mapping_number_once"),
            models.UniqueConstraint(fields=["own", "target"], condition=Q(state__in=OPEN), name="mapping_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.own.code} → {self.target}"


class Pair(models.Model):
    """One own code and the standard one that it stands for; many may stand for one."""

    mapping = models.ForeignKey(Mapping, models.CASCADE, related_name="pairs")
    code = models.CharField("本单位代码", max_length=64)
    target = models.CharField("标准代码", max_length=64)

    class Meta:
        ordering = ("code",)
        constraints = [models.UniqueConstraint(fields=["mapping", "code"], name="pair_once_a_code")]

    def __str__(self) -> str:
        return f"{self.code} → {self.target}"


def is_in_force(valid_from: date | None, today: date) -> bool:
    """Whether what is valid from then on is in force today."""
    return valid_from is None or valid_from <= today
