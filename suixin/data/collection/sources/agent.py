"""A department's front machine: chunks that its agent pushed, in an inbox, landed in order.

A chunk is one piece, so that it lands whole or not at all. Chunks whose columns differ from those of the oldest wait for
the next run, which compares them first (drifting).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from suixin.data.collection.errors import SourceFault, TableGone
from suixin.data.collection.sources.base import Column, Option, Piece, Place, Reading, RowConnector, TableName
from suixin.data.collection.sources.cells import batch_of
from suixin.data.collection.sources.parcels import unpacked
from suixin.kit import clock

if TYPE_CHECKING:  # models are made of what is declared here
    from django.db.models import QuerySet

    from suixin.data.collection.models import FrontChunk, FrontStream

SILENT_MINUTES = 15
MOST_SKEW = timedelta(minutes=1)


class AgentConnector(RowConnector):
    """The inbox of one front machine; filled by POST /api/v1/agent/<source>/<stream>/<sequence>."""

    ADDRESS = ""
    OPTIONS = (
        Option("application", "前置机应用标识", is_required=True, hint="在“应用”页建立的应用;前置机程序用它的密钥签名推送。"),
        Option("silent", "心跳超时(分钟)", "integer", str(SILENT_MINUTES), least=2, most=10_080, hint="这么久没有心跳就算有问题。"),
    )

    def check(self) -> str:
        """What the machine told last. Raises SourceFault: never heard, silent, in trouble."""
        from suixin.data.collection.models import FrontMachine

        machine = FrontMachine.objects.filter(source=self.settings.source).first()
        if machine is None:
            raise SourceFault("还没有收到过这台前置机的心跳;请在前置机上运行 suixin agent check,再运行 suixin agent run。")
        silent = clock.now() - machine.heard_at
        if silent > timedelta(minutes=self.settings.whole("silent", SILENT_MINUTES)):
            raise SourceFault(
                f"前置机“{machine.host}”已 {_span(silent)}没有心跳;请部门检查机器、网络和 suixin agent 服务。"
                "它那边的数据不会丢,恢复后接着传。"
            )
        if abs(machine.skew_ms) > MOST_SKEW.total_seconds() * 1000:
            seconds = abs(machine.skew_ms) // 1000
            way = "快" if machine.skew_ms > 0 else "慢"
            raise SourceFault(f"前置机“{machine.host}”的时钟{way} {seconds} 秒,差到 300 秒会被拒;请校时。")
        told = [one for one in (machine.sentence, *self._faults()) if one]
        if told:
            raise SourceFault(f"前置机“{machine.host}”报告:{' '.join(told)}"[:600])
        waiting = _waiting(self.settings.source).count()
        return f"前置机“{machine.host}”正常,程序 {machine.version},那边待发 {machine.spool_chunks} 块,这边待入库 {waiting} 块。"

    def tables(self) -> list[TableName]:
        """The streams that it told of."""
        return [TableName(one.name, one.what) for one in _streams(self.settings.source)]

    def columns(self, table: str) -> tuple[Column, ...]:
        """Columns of the oldest chunk that waits; as the stream was told when none does. Raises TableGone."""
        first = _waiting(self.settings.source, table).first()
        return self._stream(table).known_columns if first is None else _columns(first)

    def count(self, reading: Reading) -> int | None:
        """Rows that wait, as counted when the chunks came."""
        return sum(_waiting(self.settings.source, reading.table).values_list("rows", flat=True))

    def read(self, reading: Reading) -> Iterator[Piece]:
        """Chunks that have not landed, in order, as long as their columns are those of the first. Raises SourceFault."""
        from suixin.data.collection import inbox

        after, agreed = 0, None
        while (chunk := _waiting(self.settings.source, reading.table).filter(sequence__gt=after).first()) is not None:
            agreed = agreed or chunk.columns
            if chunk.columns != agreed:
                return
            after = chunk.sequence
            with inbox.opened(chunk.inbox) as path:
                parcel = unpacked(path.read_bytes()) if path is not None else None
            if parcel is None:
                _ask_again(chunk)
                raise SourceFault(f"数据块 {reading.table}#{chunk.sequence} 的暂存文件不在了;已请前置机从这一块起重发,稍后会自动入库。")
            at = {one.name: number for number, one in enumerate(parcel.columns)}
            rows = [[row[at[name]] if name in at else None for name in reading.columns] for row in parcel.rows]
            yield Piece(batch_of(reading.columns, rows), {"messages": [chunk.pk]})

    def settle(self, place: Place) -> None:
        """The chunks have landed; what they held is in the archive now."""
        from suixin.data.collection.models import FrontChunk

        if isinstance(numbers := place.get("messages"), list):
            FrontChunk.objects.filter(pk__in=numbers).update(landed_at=clock.now(), inbox="")

    def _stream(self, name: str) -> "FrontStream":
        found = _streams(self.settings.source).filter(name=name).first()
        if found is None:
            raise TableGone(f"这台前置机没有报告过数据流“{name[:60]}”;请核对前置机配置里的 [stream.…],它连上后会自动出现。")
        return found

    def _faults(self) -> list[str]:
        return [f"{one.name}:{one.sentence}" for one in _streams(self.settings.source).exclude(sentence="")[:3]]


def _columns(chunk: "FrontChunk") -> tuple[Column, ...]:
    return tuple(Column.of(one) for one in chunk.columns)


def _streams(source: int) -> "QuerySet[FrontStream]":
    from suixin.data.collection.models import FrontStream

    return FrontStream.objects.filter(source_id=source)


def _waiting(source: int, stream: str | None = None) -> "QuerySet[FrontChunk]":
    from suixin.data.collection.models import FrontChunk

    held = FrontChunk.objects.filter(stream__source_id=source, landed_at=None).order_by("sequence")
    return held if stream is None else held.filter(stream__name=stream)


def _ask_again(chunk: "FrontChunk") -> None:
    from suixin.data.collection import gaps

    gaps.forget_from(chunk.stream, chunk.sequence)


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f" {minutes} 分钟" if minutes < 120 else f" {minutes // 60} 小时"
