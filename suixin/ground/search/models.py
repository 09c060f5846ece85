"""What the index knows of each object, and the stamp by which readers know that it changed.

The inverted index itself is no model: on SQLite the FTS5 table `search_index` (rowid = id of the document), on
PostgreSQL the table `search_terms` (two tsvectors, GIN). Both are made by the migration and written by `engines`.
"""

from django.db import models


class Document(models.Model):
    """One object that can be found. Texts are normalised already; `title` and `abstract` are shown as they were given.

    `change` and `mark` are number and value of the kind's stamp under which it was written.
    Order of columns: what is kept in memory of every document stands before the long texts, which lie on pages of their own.
    """

    kind = models.CharField("种类", max_length=32)
    key = models.CharField("标识", max_length=200)
    change = models.BigIntegerField("变更序号", default=0)
    mark = models.CharField("标记", max_length=32, blank=True)
    title = models.CharField("名称", max_length=300)
    url = models.CharField("地址", max_length=300, blank=True)
    lineage = models.CharField("机构路径", max_length=400, blank=True)
    department = models.CharField("部门", max_length=200, blank=True)
    facets = models.TextField("筛选项", blank=True)
    is_public = models.BooleanField("公开可见", default=False)
    size = models.PositiveIntegerField("篇幅", default=0)
    items = models.TextField("信息项", blank=True)
    abstract = models.TextField("摘要", blank=True)
    near = models.TextField("近似形式", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="search_document_once")]
        indexes = [models.Index(fields=["kind", "change"], name="search_document_change")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.title}"


class Stamp(models.Model):
    """One row a kind: another value and the next number with every change of its documents.

    `floor` is the number of the last change that took documents away; `analysis` the version of the analysis they went through.
    """

    kind = models.CharField("种类", max_length=32, unique=True)
    value = models.CharField("标记", max_length=32)
    number = models.BigIntegerField("变更序号", default=0)
    floor = models.BigIntegerField("删除序号", default=0)
    analysis = models.CharField("分析版本", max_length=32, blank=True)

    class Meta:
        verbose_name = "索引标记"

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
