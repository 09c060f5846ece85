"""How data reach a resource: by names of files, or from a table or folder of a source."""

import uuid as uuid_lib

from django.db import models

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource
from suixin.data.collection.models.deciding import Awaited
from suixin.data.collection.models.sources import Source
from suixin.data.collection.own_codes import with_own_codes
from suixin.data.collection.sources.base import FILE_KINDS, Column, Kind
from suixin.ground.people.models import Organisation


class FeedMode(models.TextChoices):
    """What arriving rows do to the table: as its entry has it, or, where it has a key, each delivery is the whole state."""

    APPEND = "append", "逐批追加"
    UPSERT = "upsert", "按主键更新"
    SNAPSHOT = "snapshot", "整表更新"


class DriftPolicy(models.TextChoices):
    """What a change of the source's columns does."""

    HOLD = "hold", "停下等人决定"
    EVOLVE = "evolve", "不影响目录的自动接受,其余等人决定"
    REFUSE = "refuse", "拒收本次,下次再试"


class Feed(models.Model):
    """One way of a resource's data. Without `source`: name patterns (fnmatch) of files that are brought, one per resource.

    `table`       of a source: table, path or pattern of file names
    `columns`     as the source declared them when the feed was declared or last agreed (base.Column as JSON)
    `mapping`     {column of the source: field of the entry}; what is not in it is not taken
    `own_codes`   {field: code set of a department} in which this source has the item, whatever the entry says of it
    `order`       columns that tell rows apart at the source (its key), after the cursor
    `cursor`      column that grows; "" reads everything each time
    `position`    place of the last row that landed by the cursor; moves with every chunk
    `reads_log`   by the database's log instead of queries (`capturing`); `position` is then a place in it, None before the first reading
    `log_state`   when the log was read last (`read_at`), what the source keeps for it (`retained` bytes, `sentence`, `at`)
    `overlap`     how much before it the next run starts again (seconds, or units of a number); upsert only
    `schedule`    five fields of cron in China's time; "" runs by hand only
    `next_at`     when it is due
    `most_deleted` percent of the rows that one whole state may delete; more waits for a person (`Hold`)
    """

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="feeds", verbose_name="信息资源")
    patterns = models.JSONField("文件名模式", default=list, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="feeds", verbose_name="来源")
    table = models.CharField("表、路径或文件名", max_length=300, blank=True)
    mode = models.CharField("写入方式", max_length=12, choices=FeedMode, default=FeedMode.UPSERT)
    columns = models.JSONField("来源列", default=list, blank=True)
    mapping = models.JSONField("列对应", default=dict, blank=True)
    own_codes = models.JSONField("来源代码集", default=dict, blank=True)
    order = models.JSONField("来源主键", default=list, blank=True)
    cursor = models.CharField("增量列", max_length=200, blank=True)
    reads_log = models.BooleanField("按日志采集", default=False)
    log_state = models.JSONField("日志状态", default=dict, blank=True)
    overlap = models.PositiveIntegerField("重叠", default=0)
    position = models.JSONField("已到位置", null=True, blank=True)
    chunk_rows = models.PositiveIntegerField("每块行数", default=100_000)
    schedule = models.CharField("运行时间", max_length=100, blank=True)
    next_at = models.DateTimeField("下次运行", null=True, blank=True, db_index=True)
    drift_policy = models.CharField("列变动时", max_length=12, choices=DriftPolicy, default=DriftPolicy.HOLD)
    is_paused = models.BooleanField("已暂停", default=False)
    most_deleted = models.PositiveSmallIntegerField("最多删除", default=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource"], condition=models.Q(source=None), name="feed_of_files_once"),
            models.UniqueConstraint(
                fields=["source", "table", "resource"], condition=models.Q(source__isnull=False), name="feed_of_source_once"
            ),
        ]

    def __str__(self) -> str:
        if self.source_id is None:
            return f"{self.resource.table}: {', '.join(self.patterns)}"
        return f"{self.table} → {self.resource.title}"[:300]

    @property
    def provider(self) -> Organisation:
        """Whose data it brings."""
        return self.resource.provider

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """The source's organisation and the entry's provider: who acts must reach both (security.policy)."""
        paths = [self.resource.provider.path]
        if self.source is not None:
            paths.append(self.source.organisation.path)
        return tuple(paths)

    @property
    def known_columns(self) -> tuple[Column, ...]:
        """Columns that the feed was agreed on."""
        return tuple(Column.of(one) for one in self.columns)

    @property
    def contract(self) -> Contract:
        """What its rows are judged by: the entry's, with the codes that this source has of its own."""
        return with_own_codes(self.resource.contract, self.own_codes)

    @property
    def takes_files(self) -> bool:
        """Whether its source gives files and not rows."""
        return self.source is not None and Kind(self.source.kind) in FILE_KINDS

    @property
    def delivery(self) -> str:
        """The name under which its chunks are delivered, each with its number, once (lake)."""
        return f"source:{self.uuid}"


class DriftState(models.TextChoices):
    """What became of a change of columns."""

    OPEN = "open", "等待决定"
    TAKEN = "taken", "已接受"
    KEPT_OUT = "kept_out", "不接受"
    GONE = "gone", "来源已恢复"


OPEN = DriftState.OPEN


class Drift(Awaited):
    """A change of a source's columns, as it was found. `changes`: what was added, dropped, renamed (a guess), retyped."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="drifts")
    columns = models.JSONField("来源现在的列")
    changes = models.JSONField("变动")
    state = models.CharField("状态", max_length=12, choices=DriftState, default=DriftState.OPEN)

    class Meta(Awaited.Meta):
        constraints = [models.UniqueConstraint(fields=["feed"], condition=models.Q(state="open"), name="drift_open_once")]

    def __str__(self) -> str:
        return f"{self.feed_id} {self.get_state_display()}"
