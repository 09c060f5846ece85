"""Datasets: what the public sees of open resources. A dataset shows one resource, or the tables of a group."""

from django.db import models

from suixin.data.access.models import Grant, GrantState, SubjectKind
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.ground.people.models import Organisation
from suixin.kit import clock


class DatasetState(models.TextChoices):
    """Life of a dataset on the portal."""

    PUBLISHED = "published", "已开放"
    WITHDRAWN = "withdrawn", "已下架"


class DatasetQuerySet(models.QuerySet["Dataset"]):
    """Named filters of datasets."""

    def published(self) -> "DatasetQuerySet":
        """Datasets that the public sees: published, and a grant lets it read at least one of their tables now."""
        now = clock.now()
        live = Grant.objects.filter(
            models.Q(valid_until=None) | models.Q(valid_until__gt=now), resource__distribution__dataset=models.OuterRef("pk"),
            subject_kind=SubjectKind.PUBLIC, state=GrantState.ACTIVE, valid_from__lte=now,
        )
        return self.filter(models.Exists(live), state=DatasetState.PUBLISHED)


class Dataset(models.Model):
    """One entry of the open portal. `slug` is part of addresses and never changes."""

    has_public_name = True  # a refusal may say it (security.policy)
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField("名称", max_length=200)
    description = models.TextField("摘要", blank=True)
    provider_name = models.CharField("提供单位", max_length=200, db_index=True)
    theme = models.CharField("主题", max_length=64, blank=True, db_index=True)
    licence = models.CharField("利用许可", max_length=64, default="遂心公共数据开放利用许可 1.0")
    update_cycle = models.CharField("更新周期", max_length=2, default="9", db_index=True)
    formats = models.JSONField("格式", default=list)
    keywords = models.JSONField("关键词", default=list)
    search_text = models.TextField("检索文本", blank=True)
    is_simulated = models.BooleanField("模拟数据", default=False)
    group = models.OneToOneField(ResourceGroup, models.PROTECT, null=True, blank=True, related_name="dataset")
    state = models.CharField("状态", max_length=16, choices=DatasetState, default=DatasetState.PUBLISHED, db_index=True)
    published_at = models.DateTimeField("开放时间")
    updated_at = models.DateTimeField("更新时间", db_index=True)
    rows = models.BigIntegerField("行数", default=0)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at", "slug")

    def __str__(self) -> str:
        return self.title

    @property
    def provider(self) -> Organisation | None:
        """The organisation that provides every table of the dataset; None when there are several, or no tables."""
        providers = Organisation.objects.filter(resources__distribution__dataset=self).distinct()[:2]
        return providers[0] if len(providers) == 1 else None


class Distribution(models.Model):
    """One table of a dataset; a resource is shown by at most one dataset."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="distributions")
    resource = models.OneToOneField(Resource, models.PROTECT, related_name="distribution")
    position = models.PositiveIntegerField("序号", default=1)

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"{self.dataset.slug}/{self.resource.table}"
