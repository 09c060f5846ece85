"""Indicators and their values; a value carries everything needed to compute it again."""

from django.db import models

from suixin.data.insight.numbers import ExactDecoder, ExactEncoder


class Indicator(models.Model):
    """One declared measure. `sql` reads granted tables only; the declaration's digest tells when it changed."""

    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField("名称", max_length=200)
    description = models.TextField("口径", blank=True)
    unit = models.CharField("计量单位", max_length=32, blank=True)
    frequency = models.CharField("频率", max_length=32, blank=True)
    chart = models.CharField("图形", max_length=16, default="line")
    tables = models.JSONField("来源数据表", default=list)
    sql = models.TextField("计算口径 SQL")
    digest = models.CharField("声明摘要 SM3", max_length=64)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.title


class Value(models.Model):
    """One computation: the rows, the SQL as run, and the version of each table it read."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="values")
    computed_at = models.DateTimeField("计算时间")
    sql = models.TextField("SQL")
    versions = models.JSONField("数据版本", default=dict)
    columns = models.JSONField("列", default=list)
    rows = models.JSONField("结果", default=list, encoder=ExactEncoder, decoder=ExactDecoder)
    digest = models.CharField("结果摘要 SM3", max_length=64)

    class Meta:
        ordering = ("-computed_at", "-pk")
        get_latest_by = ("computed_at", "pk")

    def __str__(self) -> str:
        return f"{self.indicator.slug} {self.computed_at:%Y-%m-%d %H:%M}"
