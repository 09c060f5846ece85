"""Runs of feeds: what was read, chunk by chunk and file by file, and how far."""

import uuid as uuid_lib

from django.db import models

from suixin.data.collection.models.feeds import Feed
from suixin.data.lake.models import Batch


class RunKind(models.TextChoices):
    """Why a run is."""

    ORDINARY = "ordinary", "采集"
    BACKFILL = "backfill", "补采"
    DRY = "dry", "试运行"


class RunState(models.TextChoices):
    """Where a run stands."""

    WAITING = "waiting", "等待"
    RUNNING = "running", "运行中"
    DONE = "done", "完成"
    FAILED = "failed", "失败"


class FeedRun(models.Model):
    """One run. At most one of a feed is open (waiting or running). Counts are the sums over what it landed.

    `position` is the place after its last chunk, where it, or the next run of a reading of everything, goes on.
    `owner` is the process at work (`lake.storage.owner`). `read` rows of a whole state were read, which lands as one.
    """

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    feed = models.ForeignKey(Feed, models.CASCADE, related_name="runs")
    kind = models.CharField("种类", max_length=12, choices=RunKind, default=RunKind.ORDINARY)
    state = models.CharField("状态", max_length=12, choices=RunState, default=RunState.WAITING)
    range_from = models.CharField("补采自", max_length=60, blank=True)
    range_to = models.CharField("补采至", max_length=60, blank=True)
    expected = models.BigIntegerField("预计行数", null=True, blank=True)
    rows_in = models.BigIntegerField("来源行数", default=0)
    accepted = models.BigIntegerField("接收", default=0)
    rejected = models.BigIntegerField("拒收", default=0)
    read = models.BigIntegerField("已读行数", default=0)
    chunks = models.PositiveIntegerField("块数", default=0)
    before = models.JSONField("开始位置", null=True, blank=True)
    position = models.JSONField("到达位置", null=True, blank=True)
    sentence = models.CharField("说明", max_length=1000, blank=True)
    code = models.CharField("代码", max_length=32, blank=True)
    trace_id = models.CharField("追踪号", max_length=64, blank=True)
    findings = models.JSONField("试运行所见", default=dict, blank=True)
    owner = models.CharField("进程", max_length=200, blank=True)
    by = models.CharField("经办", max_length=128, blank=True)
    created_at = models.DateTimeField("提交时间")
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["feed"], condition=models.Q(state__in=("waiting", "running")), name="feed_run_open_once"
            ),
            models.CheckConstraint(condition=models.Q(rows_in=models.F("accepted") + models.F("rejected")), name="feed_run_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.get_state_display()}"

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """As of its feed."""
        return self.feed.owner_paths

    @property
    def seen(self) -> int:
        """Rows that it is through with, landed or read."""
        return max(self.rows_in, self.read)

    @property
    def is_open(self) -> bool:
        """Whether it waits or works."""
        return self.state in (RunState.WAITING, RunState.RUNNING)


class ChunkState(models.TextChoices):
    """Archived: its bytes are safe and will land, whatever happens; landed: they did; dropped: a person said no."""

    ARCHIVED = "archived", "已归档"
    LANDED = "landed", "已入库"
    DROPPED = "dropped", "已作废"


class FeedChunk(models.Model):
    """Rows read together: archived first, then landed under (feed, sequence), once. `place` is after its last row.

    `is_whole`: they are all rows of the source, so that what is not among them is not there any more.
    """

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="chunks")
    run = models.ForeignKey(FeedRun, models.CASCADE, related_name="landed_chunks")
    sequence = models.BigIntegerField("序号")
    state = models.CharField("状态", max_length=12, choices=ChunkState, default=ChunkState.ARCHIVED)
    sm3 = models.CharField("原件 SM3", max_length=64)
    size = models.BigIntegerField("字节数")
    archive_path = models.CharField("归档位置", max_length=500)
    rows = models.BigIntegerField("行数")
    place = models.JSONField("到达位置")
    is_whole = models.BooleanField("整表", default=False)
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ("sequence",)
        constraints = [models.UniqueConstraint(fields=["feed", "sequence"], name="feed_chunk_once")]

    def __str__(self) -> str:
        return f"{self.feed_id}#{self.sequence}"


class FeedFile(models.Model):
    """One file of a source as a feed last took it; it is taken again when its stamp changes."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="files")
    path = models.CharField("路径", max_length=1000)
    stamp = models.CharField("标记", max_length=200)
    status = models.CharField("结果", max_length=16)
    message = models.CharField("说明", max_length=1000, blank=True)
    rows_in = models.BigIntegerField("来源行数", default=0)
    accepted = models.BigIntegerField("接收", default=0)
    rejected = models.BigIntegerField("拒收", default=0)
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [models.UniqueConstraint(fields=["feed", "path"], name="feed_file_once")]

    def __str__(self) -> str:
        return self.path
