"""What a system sends by itself: messages in an inbox, landed in batches. Rows are objects; a message holds one or many."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from suixin.data.collection.errors import ColumnsChanged
from suixin.data.collection.sources.base import Column, Option, Piece, Place, Reading, RowConnector, TableName
from suixin.data.collection.sources.cells import as_text, batch_of
from suixin.kit import clock

if TYPE_CHECKING:  # models are made of what is declared here
    from django.db.models import QuerySet

    from suixin.data.collection.models import PushMessage

TABLE = "messages"
PIECE_MESSAGES = 500


class PushConnector(RowConnector):
    """The inbox of one source; filled by POST /api/v1/push/<source>."""

    ADDRESS = ""
    OPTIONS = (Option("application", "推送应用标识", is_required=True, hint="在“应用”页建立的应用;它用自己的密钥签名推送。"),)

    def check(self) -> str:
        """How many messages wait, and since when."""
        waiting = self._waiting()
        last = _messages(self.settings.source).order_by("-pk").first()
        if last is None:
            return "收件箱已就绪,还没有收到过推送。"
        hours = (clock.now() - last.received_at).total_seconds() / 3600
        return f"收件箱正常,待入库消息 {waiting.count()} 条,最近一条在 {hours:.1f} 小时前收到。"

    def tables(self) -> list[TableName]:
        """The one inbox."""
        return [TableName(TABLE)]

    def columns(self, table: str) -> tuple[Column, ...]:  # noqa: ARG002 there is one
        """Fields of the latest messages that wait."""
        from suixin.data.collection.pushing import rows_of

        names: dict[str, None] = {}
        for message in _messages(self.settings.source).filter(landed_at=None).order_by("-pk")[:20]:
            for row in rows_of(message.body):
                names |= dict.fromkeys(row)
        return tuple(Column(name, "text", "json") for name in names)

    def count(self, reading: Reading) -> int | None:  # noqa: ARG002 the face of every connector
        """Rows that wait, as counted when the messages came."""
        return sum(self._waiting().values_list("rows", flat=True))

    def read(self, reading: Reading) -> Iterator[Piece]:
        """Messages that have not landed, oldest first; one that brings a key again begins a new piece."""
        after, places = 0, [reading.columns.index(name) for name in reading.key]
        while held := list(self._waiting().filter(pk__gt=after).order_by("pk")[:PIECE_MESSAGES]):
            after = held[-1].pk
            rows: list[list[object]] = []
            numbers: list[int] = []
            seen: set[int] = set()
            for message in held:
                found = _rows(message, reading)
                keys = {hash(tuple(as_text(row[at]) for at in places)) for row in found} if places else set()
                if not seen.isdisjoint(keys):
                    yield Piece(batch_of(reading.columns, rows), {"messages": numbers})
                    rows, numbers, seen = [], [], set()
                rows += found
                numbers.append(message.pk)
                seen |= keys
            yield Piece(batch_of(reading.columns, rows), {"messages": numbers})

    def settle(self, place: Place) -> None:
        """The messages have landed; what they held is in the archive now."""
        numbers = place.get("messages")
        if isinstance(numbers, list):
            _messages(self.settings.source).filter(pk__in=numbers).update(landed_at=clock.now(), body="")

    def _waiting(self) -> "QuerySet[PushMessage]":
        return _messages(self.settings.source).filter(landed_at=None)


def _rows(message: "PushMessage", reading: Reading) -> list[list[object]]:
    """Cells of the message's rows. Raises ColumnsChanged: a field that was not agreed on."""
    from suixin.data.collection.pushing import rows_of

    found = rows_of(message.body)
    unknown = sorted({name for row in found for name in row} - reading.known)
    if unknown:
        raise ColumnsChanged(f"推送的消息里出现了没有登记的字段 {'、'.join(unknown[:5])}。", columns=unknown)
    return [[row.get(name) for name in reading.columns] for row in found]


def _messages(source: int) -> "QuerySet[PushMessage]":
    from suixin.data.collection.models import PushMessage

    return PushMessage.objects.filter(source_id=source)
