"""Messages that systems push: kept once by their identifier, landed by runs of the source's feed."""

import json
import re

from django.db import IntegrityError, transaction

from suixin.data.collection.errors import SourceBusy, WrongSource
from suixin.data.collection.models import PushMessage, Source
from suixin.data.collection.runnable import require_open, require_runnable
from suixin.data.collection.sources.base import Kind
from suixin.ground.audit import actions as audit
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import NotAllowed, NotFound
from suixin.kit.sm import sm3_hex

MOST_ROWS = 10_000
MOST_FIELDS = 1000
MOST_WAITING = 100_000
_MESSAGE_ID = re.compile(r"[A-Za-z0-9._:\-]{8,128}")


class MessageDiffers(WrongSource):
    """The identifier came before with other content."""

    code = "source-410"
    http_status = 409


def receive(slug: str, message_id: str, body: bytes, *, actor: Actor) -> tuple[PushMessage, bool]:
    """The message, and whether it is new; the same message again is answered as the first time.

    Raises  NotFound, NotAllowed - no such source, or another application's
            WrongSource - no identifier, or a body that is not rows
            MessageDiffers, FeedStopped, SourceBusy
    """
    source = Source.objects.select_related("organisation").filter(slug=slug, kind=Kind.PUSH).first()
    if source is None:
        raise NotFound(f"没有名为“{slug[:60]}”的推送来源;请核对地址。")
    if actor.kind is not ActorKind.APPLICATION or actor.key != source.options.get("application"):
        raise NotAllowed(f"应用“{actor.key[:64]}”不是来源“{source.name}”登记的推送应用;请用登记的应用签名,或请数据局改登记。")
    require_open(source)
    for feed in source.feeds.select_related("source__organisation", "resource__provider")[:1]:
        require_runnable(feed)
    if source.messages.filter(landed_at=None)[MOST_WAITING : MOST_WAITING + 1].exists():
        raise SourceBusy(f"来源“{source.name}”有 {MOST_WAITING:,} 条消息还没有入库,暂不再收;请数据局检查它的采集任务,稍后重发。")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise WrongSource("请求头 X-Message-Id 须为 8 到 128 个字母、数字或 . _ : - ;每条消息一个,重发时不变。")
    digest, rows = sm3_hex(body), len(checked_rows(body))
    try:
        with transaction.atomic():
            made = PushMessage.objects.create(
                source=source, message_id=message_id, sm3=digest, rows=rows, body=body.decode(), received_at=clock.now()
            )
            named = ("collection.pushmessage", f"{slug}/{message_id}")
            audit.record(actor, "collection.received_message", named, detail={"rows": rows, "sm3": digest})
    except IntegrityError:
        held = PushMessage.objects.get(source=source, message_id=message_id)
        if held.sm3 != digest:
            raise MessageDiffers(f"消息 {message_id} 以前收到过,内容不同,没有收;新内容请换一个 X-Message-Id。") from None
        return held, False
    return made, True


def checked_rows(body: bytes) -> list[dict[str, object]]:
    """The rows of a body. Raises WrongSource, naming what is wrong."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WrongSource("消息体不是 UTF-8;请按 UTF-8 发送 JSON。") from error
    if "\0" in text or "\\u0000" in text:
        raise WrongSource("消息体里有零字符,不能接收;请去掉后重发。")
    try:
        rows = rows_of(text)
    except (ValueError, RecursionError) as error:
        raise WrongSource("消息体不是 JSON:应为一个对象、对象的数组,或每行一个对象;请改正后重发。") from error
    if not rows or len(rows) > MOST_ROWS:
        raise WrongSource(f"一条消息应有 1 到 {MOST_ROWS} 行,这条有 {len(rows)} 行;请分开发送。")
    wrong = next((n for n, row in enumerate(rows, 1) if not _is_row(row)), None)
    if wrong is not None:
        raise WrongSource(f"消息的第 {wrong} 行不是对象,或字段数不在 1 到 {MOST_FIELDS} 之间;请改正后重发。")
    return rows


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and 0 < len(row) <= MOST_FIELDS


def rows_of(text: str) -> list[dict[str, object]]:
    """The rows of a message that was checked: one object, an array of them, or one a line."""
    try:
        found = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return found if isinstance(found, list) else [found]
