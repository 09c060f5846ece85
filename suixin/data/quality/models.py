"""What quality keeps: sketches, pairs that hold the same, exceptions (radar); corrections, doubts, reports (loop); suggested rules.

Promise  of values only keyed ranks lie here, never a value; a batch counts once in the sketches of its table;
         a pair stands once, the item of the older entry left
"""

import uuid as uuid_lib

from django.db import models
from django.db.models import F, Q

from suixin.data.catalog.models import Resource
from suixin.data.lake.models import Batch
from suixin.ground.people.models import Organisation
from suixin.ground.security.fields import SealedTextField


class ItemSketch(models.Model):
    """One item of an entry that is not withdrawn: what its name is compared by, and what all its batches together showed."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="sketches")
    field = models.CharField("字段名", max_length=64)
    name_key = models.CharField("名称归一", max_length=128, db_index=True)
    rows = models.BigIntegerField("行数", default=0)
    nulls = models.BigIntegerField("空值数", default=0)
    distinct = models.BigIntegerField("不同值数（估计）", default=0)
    tells = models.BooleanField("值可识别对象", default=False)
    is_telling = models.BooleanField("参与值比对", default=False, db_index=True)
    shape = models.JSONField("值的形态", default=dict, blank=True)
    scheme = models.CharField("指纹方案", max_length=16, blank=True)
    ranks = models.BinaryField("指纹", default=b"")
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource", "field"], name="sketch_of_item_once")]

    def __str__(self) -> str:
        return f"{self.resource_id}.{self.field}"


class SketchedBatch(models.Model):
    """A batch that is in the sketches of its table, so that it is not counted again."""

    batch = models.OneToOneField(Batch, models.CASCADE, related_name="sketched", primary_key=True)

    def __str__(self) -> str:
        return str(self.batch_id)


class SketchRank(models.Model):
    """One of the least ranks of a telling item: by equal ranks the items are found that may hold the same."""

    sketch = models.ForeignKey(ItemSketch, models.CASCADE, related_name="least")
    rank = models.BigIntegerField("指纹值", db_index=True)

    def __str__(self) -> str:
        return f"{self.sketch_id}: {self.rank}"


class FindingState(models.TextChoices):
    """Life of a finding; one that was dismissed comes again only when its evidence has changed."""

    OPEN = "open", "待裁定"
    CONFIRMED = "confirmed", "已定数源"
    DISMISSED = "dismissed", "不是重复"


class DuplicateFinding(models.Model):
    """Two items of different departments that hold the same thing, why it is thought, and what the bureau decided.

    `overlap` (percent of the smaller's values that lie in the larger, with `overlap_low` and `overlap_high`) is empty when only
    names speak. What was dismissed keeps the evidence that the decision rested on.
    """

    left = models.ForeignKey(Resource, models.CASCADE, related_name="+")
    left_field = models.CharField("字段名", max_length=64)
    right = models.ForeignKey(Resource, models.CASCADE, related_name="+")
    right_field = models.CharField("字段名", max_length=64)
    overlap = models.PositiveSmallIntegerField("值重合度", null=True, blank=True)
    overlap_low = models.PositiveSmallIntegerField("值重合度下限", null=True, blank=True)
    overlap_high = models.PositiveSmallIntegerField("值重合度上限", null=True, blank=True)
    likeness = models.PositiveSmallIntegerField("名称相近度", default=0)
    same_codes = models.BooleanField("代码集相同", default=False)
    score = models.PositiveSmallIntegerField("把握", default=0)
    sentence = models.CharField("依据", max_length=500)
    proposed = models.ForeignKey(Resource, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="建议数源")
    proposed_why = models.CharField("建议理由", max_length=500, blank=True)
    state = models.CharField("状态", max_length=16, choices=FindingState, default=FindingState.OPEN, db_index=True)
    source = models.ForeignKey(Resource, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="数源目录")
    reason = models.CharField("裁定理由", max_length=500, blank=True)
    decided_by = models.CharField("裁定人", max_length=120, blank=True)
    decided_at = models.DateTimeField("裁定时间", null=True, blank=True)
    found_at = models.DateTimeField("发现时间")

    class Meta:
        ordering = ("-score", "left", "right", "pk")
        constraints = [
            models.UniqueConstraint(fields=["left", "left_field", "right", "right_field"], name="finding_of_pair_once"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="finding_left_is_older"),
        ]

    def __str__(self) -> str:
        return f"{self.left_id}.{self.left_field} = {self.right_id}.{self.right_field}"

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """Both departments: who decides governs both."""
        return tuple(one.provider.path for one in (self.left, self.right))


class Exemption(models.Model):
    """An entry that may collect again what another department provides: items (`fields`; empty: all), basis, until when."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="exemptions")
    fields = models.JSONField("信息项", default=list, blank=True)
    basis = models.CharField("依据", max_length=500)
    until = models.DateField("有效期至")
    given_by = models.CharField("批准人", max_length=120)
    given_at = models.DateTimeField("批准时间")

    class Meta:
        ordering = ("-given_at",)

    def __str__(self) -> str:
        return f"{self.resource_id} {self.until}"


class Correction(models.Model):
    """One annotated sheet that came back for a batch: which rejected rows were handed in again, and what became of them.

    Rows are ranges of row numbers of `batch` ([[first, last], ...]), `rows` in the order of the sheet. `landed` is the batch that
    the corrected rows made, none while it is under way or when rows were only given up. Its rows are claimed by nobody else.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="corrections", verbose_name="被更正的批次")
    landed = models.OneToOneField(Batch, models.CASCADE, null=True, related_name="correction", verbose_name="更正批次")
    sm3 = models.CharField("更正表 SM3", max_length=64)
    rows = models.JSONField("提交的行", default=list)
    dropped = models.JSONField("不再提供的行", default=list)
    bad = models.JSONField("仍不合格的行", default=list)
    mended = models.PositiveIntegerField("已更正", default=0)
    given_up = models.PositiveIntegerField("不再提供", default=0)
    still_bad = models.PositiveIntegerField("仍不合格", default=0)
    reason = models.CharField("不再提供的理由", max_length=500, blank=True)
    is_done = models.BooleanField("已处理", default=False)
    by = models.CharField("提交人", max_length=120)
    at = models.DateTimeField("提交时间")

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["batch", "sm3"], name="sheet_corrects_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.mended}"


class DoubtState(models.TextChoices):
    """Life of a doubt; each answer goes back to who asked."""

    OPEN = "open", "校核中"
    CORRECTED = "corrected", "已更正"
    REFUTED = "refuted", "核实无误"


class Doubt(models.Model):
    """A user's word that a row of shared or open data is wrong (校核申请).

    `sealed` holds the key, what is shown and what should be, as JSON; `digest` tells one row without naming it. The order of
    that row and item is the one of all who doubt it.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="doubts", verbose_name="信息资源")
    field = models.CharField("信息项", max_length=64)
    digest = models.CharField("行标识", max_length=64, db_index=True)
    sealed = SealedTextField("内容", purpose="forms")
    asker_kind = models.CharField("申请人类别", max_length=16)
    asker_key = models.CharField("申请人标识", max_length=150)
    asker_name = models.CharField("申请人", max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="申请单位")
    order_number = models.CharField("工单编号", max_length=24, db_index=True)
    state = models.CharField("状态", max_length=16, choices=DoubtState, default=DoubtState.OPEN, db_index=True)
    answer = models.CharField("答复", max_length=1000, blank=True)
    proof = models.JSONField("证明材料", default=list)  # attachments, owned by the doubt
    asked_at = models.DateTimeField("提出时间")
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["asker_kind", "asker_key", "-id"], name="doubt_of_asker")]

    def __str__(self) -> str:
        return f"{self.order_number} {self.field}"


class MonthlyReport(models.Model):
    """The governance report of a month as it was made: its figures, each with its trace, and their SM3. Never changed."""

    month = models.CharField("月份", max_length=7, unique=True)
    figures = models.TextField("数据")
    sm3 = models.CharField("SM3", max_length=64)
    made_at = models.DateTimeField("生成时间")
    made_by = models.CharField("生成人", max_length=120)

    class Meta:
        ordering = ("-month",)

    def __str__(self) -> str:
        return self.month


class SuggestionState(models.TextChoices):
    """Life of a suggested rule; one that was dismissed comes again only with other evidence."""

    OPEN = "open", "待处理"
    ACCEPTED = "accepted", "已采用"
    DISMISSED = "dismissed", "不采用"


class RuleSuggestion(models.Model):
    """A rule that the data of an entry seem to keep to: a template with parameters, and how many rows of a version do.

    `about` names what it is about (template and items), once an entry; parameters and counts are the evidence.
    """

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="rule_suggestions")
    about = models.CharField("对象", max_length=200)
    template = models.CharField("规则", max_length=64)
    parameters = models.JSONField("参数", default=dict)
    version = models.BigIntegerField("数据版本")
    rows = models.BigIntegerField("行数")
    failed = models.BigIntegerField("不符合行数", default=0)
    state = models.CharField("状态", max_length=16, choices=SuggestionState, default=SuggestionState.OPEN, db_index=True)
    rule = models.CharField("采用的规则", max_length=64, blank=True)
    reason = models.CharField("理由", max_length=500, blank=True)
    decided_by = models.CharField("处理人", max_length=120, blank=True)
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    found_at = models.DateTimeField("发现时间")

    class Meta:
        ordering = ("failed", "about")
        constraints = [models.UniqueConstraint(fields=["resource", "about"], name="suggestion_about_once")]

    def __str__(self) -> str:
        return f"{self.resource_id}: {self.about}"
