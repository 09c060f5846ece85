"""Catalogue entries: what data exist, who provides them, and what their columns promise."""

import uuid as uuid_lib
from typing import Any

from django.db import models

from suixin.data.catalog.contract import SHARING_OF_ITEM, Contract, ItemSpec, ItemType, Level, Rule, WriteMode
from suixin.data.catalog.drafts import STATED, Stated
from suixin.ground.people.models import Organisation


class ShareType(models.TextChoices):
    """Sharing attribute (国务院令第809号 art. 14). Named, because two number codings are in use."""

    UNCONDITIONAL = "unconditional", "无条件共享"
    CONDITIONAL = "conditional", "有条件共享"
    WITHHELD = "withheld", "不予共享"


class OpenType(models.TextChoices):
    """Opening attribute (standards/data.md 1.8)."""

    UNCONDITIONAL = "unconditional", "无条件开放"
    CONDITIONAL = "conditional", "有条件开放"
    WITHHELD = "withheld", "不予开放"


class UpdateCycle(models.TextChoices):
    """Update cycle (standards/data.md 1.9)."""

    REALTIME = "1", "实时"
    DAILY = "2", "每日"
    WEEKLY = "3", "每周"
    MONTHLY = "4", "每月"
    QUARTERLY = "5", "每季度"
    YEARLY = "6", "每年"
    OTHER = "9", "不定期"


class ResourceState(models.TextChoices):
    """Life of an entry; only a published one takes data."""

    PROPOSED = "proposed", "待确认"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤销"


class Generation(models.Model):
    """One row: how many changes of grants and entries there were; moved on by `generations.advance` only."""

    n = models.BigIntegerField("代次", default=0)

    def __str__(self) -> str:
        return str(self.n)


class ResourceGroup(models.Model):
    """Many small tables of one folder that differ in columns, shown as one entry of the catalogue."""

    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField("名称", max_length=200)
    abstract = models.TextField("摘要", blank=True)

    def __str__(self) -> str:
        return self.title

    @property
    def provider(self) -> Organisation | None:
        """The organisation that provides every table of the group; None when there are several, or no tables."""
        providers = Organisation.objects.filter(resources__group=self).distinct()[:2]
        return providers[0] if len(providers) == 1 else None


class ResourceQuerySet(models.QuerySet["Resource"]):
    """Named filters of entries."""

    def published(self) -> "ResourceQuerySet":
        """Entries whose contract is in force."""
        return self.filter(state=ResourceState.PUBLISHED)

    def proposed(self) -> "ResourceQuerySet":
        """Entries that wait for a person."""
        return self.filter(state=ResourceState.PROPOSED)


class Resource(models.Model):
    """One entry: the thirteen core metadata of the 2017 guide and what Decree 809 art. 13, 15 and 19 add.

    `code` is never reused. `table` names the lake table and the resource in addresses; it never changes.
    `extension` holds further metadata by profile (extensions.py); `format_type` may list several formats.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    code = models.CharField("信息资源代码", max_length=64, unique=True)
    category = models.CharField("信息资源分类", max_length=32)
    table = models.SlugField("数据表", max_length=120, unique=True)
    title = models.CharField("信息资源名称", max_length=200)
    provider = models.ForeignKey(Organisation, models.PROTECT, related_name="resources", verbose_name="信息资源提供方")
    abstract = models.TextField("信息资源摘要", max_length=1000, blank=True)
    format_category = models.CharField("信息资源格式(大类)", max_length=2, default="2")
    format_type = models.CharField("信息资源格式", max_length=500, blank=True)
    share_type = models.CharField("共享类型", max_length=16, choices=ShareType, default=ShareType.CONDITIONAL)
    share_condition = models.CharField("共享条件", max_length=500, blank=True)
    share_scope = models.CharField("共享范围", max_length=500, blank=True)
    share_usage = models.CharField("使用用途", max_length=500, blank=True)
    share_method = models.CharField("共享方式", max_length=32, default="interface", blank=True)
    withhold_reason = models.CharField("不予共享的理由", max_length=500, blank=True)
    basis_document = models.CharField("不予共享的依据", max_length=500, blank=True)
    basis_number = models.CharField("依据的文号", max_length=64, blank=True)
    basis_article = models.CharField("依据的条款", max_length=64, blank=True)
    open_type = models.CharField("开放类型", max_length=16, choices=OpenType, default=OpenType.WITHHELD)
    open_condition = models.CharField("开放条件", max_length=500, blank=True)
    update_cycle = models.CharField("更新周期", max_length=2, choices=UpdateCycle, default=UpdateCycle.OTHER)
    publish_date = models.DateField("发布日期", null=True, blank=True)
    related_codes = models.JSONField("关联资源代码", default=list, blank=True)

    secrecy_assessment = models.CharField("保密风险评估编号", max_length=64, blank=True)
    privacy_assessment = models.CharField("个人信息保护影响评估编号", max_length=64, blank=True)
    approver = models.CharField("审核同意人", max_length=120, blank=True)
    approved_at = models.DateTimeField("审核同意时间", null=True, blank=True)
    source_department = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="sourced_resources", verbose_name="数源部门"
    )
    superseded_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="supersedes", verbose_name="由何目录取代"
    )
    extension = models.JSONField("扩展元数据", default=dict, blank=True)

    theme = models.CharField("主题", max_length=64, blank=True)
    keywords = models.JSONField("关键词", default=list, blank=True)
    data_class = models.CharField("数据分类", max_length=64, blank=True)
    level = models.PositiveSmallIntegerField("数据分级", default=1)
    floor = models.PositiveSmallIntegerField("整体定级", default=1)
    source_note = models.CharField("来源与许可", max_length=500, blank=True)
    is_simulated = models.BooleanField("模拟数据", default=False)
    has_lookup = models.BooleanField("提供查询接口", default=False)
    write_mode = models.CharField("写入方式", max_length=16, choices=[(m.value, m.value) for m in WriteMode], default="append")
    rules = models.JSONField("业务规则", default=list, blank=True)
    state = models.CharField("状态", max_length=16, choices=ResourceState, default=ResourceState.PROPOSED, db_index=True)
    version = models.PositiveIntegerField("目录版本", default=1)
    group = models.ForeignKey(ResourceGroup, models.PROTECT, null=True, blank=True, related_name="resources")
    signature = models.CharField("列签名", max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def has_public_name(self) -> bool:
        """Whether the public catalogue shows it, so that a refusal may name it (security.policy)."""
        return self.state == ResourceState.PUBLISHED

    @property
    def stated(self) -> Stated:
        """What the entry says of sharing, opening and assessment, as the value that the rules judge."""
        return Stated(**{name: getattr(self, name) for name in STATED})

    @property
    def contract(self) -> Contract:
        """The entry as the value that other modules work from; one query for the items."""
        return Contract(
            code=self.code, table=self.table, title=self.title,
            items=tuple(item.spec for item in self.items.all()),
            rules=tuple(Rule(**rule) for rule in self.rules),
            write_mode=WriteMode(self.write_mode), version=self.version, floor=Level(self.floor),
        )


class Item(models.Model):
    """One item (信息项) of an entry; `field` never changes after publication."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField("序号")
    field = models.CharField("字段名", max_length=64)
    name = models.CharField("信息项名称", max_length=128)
    type = models.CharField("数据类型", max_length=1, choices=[(t.value, t.name) for t in ItemType])
    length = models.PositiveIntegerField("长度", null=True, blank=True)
    scale = models.PositiveSmallIntegerField("小数位", null=True, blank=True)
    is_key = models.BooleanField("主键", default=False)
    nullable = models.BooleanField("可空", default=True)
    code_set = models.CharField("代码集", max_length=64, blank=True)
    level = models.PositiveSmallIntegerField("分级", default=1)
    mask = models.CharField("脱敏规则", max_length=32, blank=True)
    sensitive = models.CharField("敏感类型", max_length=32, blank=True)
    unit = models.CharField("计量单位", max_length=32, blank=True)
    description = models.CharField("描述", max_length=500, blank=True)
    is_indexed = models.BooleanField("索引", default=False)
    is_sealed = models.BooleanField("加密存储", default=False)
    is_provisional = models.BooleanField("待定", default=False)
    source_names = models.JSONField("来源列名", default=list, blank=True)
    share_type = models.CharField("共享类型", max_length=16, choices=ShareType, blank=True)
    share_condition = models.CharField("共享条件", max_length=500, blank=True)
    withhold_reason = models.CharField("不予共享的理由", max_length=500, blank=True)
    open_type = models.CharField("开放类型", max_length=16, choices=OpenType, blank=True)
    open_condition = models.CharField("开放条件", max_length=500, blank=True)
    update_cycle = models.CharField("更新周期", max_length=2, choices=UpdateCycle, blank=True)
    is_secret = models.BooleanField("涉密", default=False)
    source_department = models.CharField("数源部门代码", max_length=18, blank=True)
    share_method = models.CharField("共享方式", max_length=32, blank=True)
    own_codes = models.CharField("来源代码集", max_length=64, blank=True)

    class Meta:
        ordering = ("position",)
        indexes = [models.Index(fields=["name", "code_set", "resource", "source_department"], name="item_same")]
        constraints = [
            models.UniqueConstraint(fields=["resource", "field"], name="item_field_once"),
            models.UniqueConstraint(fields=["resource", "position"], name="item_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.name}"

    @property
    def spec(self) -> ItemSpec:
        """The item as a frozen value."""
        return ItemSpec(
            field=self.field, name=self.name, type=ItemType(self.type), length=self.length, scale=self.scale,
            is_key=self.is_key, nullable=self.nullable, code_set=self.code_set, level=Level(self.level),
            mask=self.mask, sensitive=self.sensitive, unit=self.unit, description=self.description,
            is_indexed=self.is_indexed, is_provisional=self.is_provisional, source_names=tuple(self.source_names),
            is_sealed=self.is_sealed, own_codes=self.own_codes, **{name: getattr(self, name) for name in SHARING_OF_ITEM},
        )

    @staticmethod
    def columns_of(spec: ItemSpec) -> dict[str, Any]:
        """Model fields that hold `spec`. Any: the values go to a model constructor."""
        return {
            "field": spec.field, "name": spec.name, "type": spec.type.value, "length": spec.length, "scale": spec.scale,
            "is_key": spec.is_key, "nullable": spec.nullable, "code_set": spec.code_set, "level": int(spec.level),
            "mask": spec.mask, "sensitive": spec.sensitive, "unit": spec.unit, "description": spec.description,
            "is_indexed": spec.is_indexed, "is_provisional": spec.is_provisional, "source_names": list(spec.source_names),
            "is_sealed": spec.is_sealed, "own_codes": spec.own_codes, **{name: getattr(spec, name) for name in SHARING_OF_ITEM},
        }
