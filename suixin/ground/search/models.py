"""What the index knows of each object, and the stamp by which readers know that it changed.

The inverted index itself is no model: on SQLite the FTS5 table `search_index` (rowid = id of the document), on
PostgreSQL the column `search_document.terms` (tsvector, GIN). Both are made by the migration and written by `engines`.
"""

from django.db import models


class Document(models.Model):
    """One object that can be found. Texts are normalised already; `title` and `abstract` are shown as they were given.

    Order of columns: what is read of every hit stands before the long texts, which lie on pages of their own.
    """

    kind = models.CharField("种类", max_length=32)
    key = models.CharField("标识", max_length=200)
    title = models.CharField("名称", max_length=300)
    url = models.CharField("地址", max_length=300, blank=True)
    lineage = models.CharField("机构路径", max_length=400, blank=True)
    department = models.CharField("部门", max_length=200, blank=True)
    facets = models.TextField("筛选项", blank=True)
    is_public = models.BooleanField("公开可见", default=False)
    items = models.TextField("信息项", blank=True)
    abstract = models.TextField("摘要", blank=True)
    near = models.TextField("近似形式", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="search_document_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.title}"


class Stamp(models.Model):
    """One row a kind: changes with every change of its documents; `analysis` is the version of the analysis they went through."""

    kind = models.CharField("种类", max_length=32, unique=True)
    value = models.CharField("标记", max_length=32)
    analysis = models.CharField("分析版本", max_length=32, blank=True)

    class Meta:
        verbose_name = "索引标记"

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
