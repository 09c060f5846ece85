"""Where entries stand: the tree of categories, and the code that an entry has in each category it is filed under."""

from django.db import models

from suixin.data.catalog.models.entries import Resource


class Category(models.Model):
    """One place of the tree: class, item, subitem, detail; a child's code begins with its parent's."""

    code = models.CharField("类目编码", max_length=32, unique=True)
    name = models.CharField("类目名称", max_length=128)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级类目")
    standard = models.CharField("分类方式", max_length=64, default="政务信息资源目录分类")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CodeSequence(models.Model):
    """The last number given in a category; codes are never reused, so it only grows."""

    category = models.CharField("分类", max_length=32, unique=True)
    last = models.PositiveIntegerField("最后顺序号", default=0)

    def __str__(self) -> str:
        return f"{self.category}/{self.last}"


class Classification(models.Model):
    """An entry in one category, with the code it has there; the primary one repeats `Resource.code`."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="classifications")
    category = models.CharField("信息资源分类", max_length=32, db_index=True)
    code = models.CharField("信息资源代码", max_length=64, unique=True)
    is_primary = models.BooleanField("主分类", default=False)

    class Meta:
        ordering = ("-is_primary", "code")
        constraints = [
            models.UniqueConstraint(fields=["resource", "category"], name="classified_once_in_category"),
            models.UniqueConstraint(fields=["resource"], condition=models.Q(is_primary=True), name="one_primary_classification"),
        ]

    def __str__(self) -> str:
        return self.code
