"""The door of the cascade: POST /api/v1/cascade/{code}, signed by the peer's application; the answer is our word, never a row.

Letters are kept when the answer leaves; a job does what they say.
"""

import orjson

from suixin.data.access.values import dumps
from suixin.data.doors import callers
from suixin.data.doors.exchange import Answer, Exchange, json_answer
from suixin.data.sharing.cascade import receiving
from suixin.data.sharing.cascade.envelopes import MOST_BYTES
from suixin.data.sharing.cascade.errors import LetterRefused
from suixin.data.sharing.cascade.models import Link, LinkState, Way
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.link.models import PeerState
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed, NotFound

JOB = "cascade.run"
MOST_LETTERS = 500


def take(exchange: Exchange) -> Answer:
    """What the peer is answered once its letters are kept. Raises NotFound, NotAllowed, LetterRefused, LetterDiffers."""
    exchange.request.most_bytes = MOST_BYTES
    exchange.nonce = callers.identify(exchange)
    link = Link.objects.select_related("application", "peer").filter(peer__code=exchange.resource).first()
    if link is None or link.way == Way.DIRECT or link.application.app_id != exchange.actor.key:  # letters of 数据直达 are made here
        raise NotFound("没有这个级联平台，或它不是用本应用登记的；请核对平台代码和应用标识。")
    if link.state == LinkState.STOPPED or link.peer.state != PeerState.ACTIVE:
        raise NotAllowed(f"级联平台“{link}”已停用，现在不收信；请联系对端的数据局。")
    letters = _letters(exchange.request.body())
    exchange.rows = 0
    taken = receiving.take(link, letters)
    if taken.new and not Job.objects.filter(kind=JOB, state=JobState.WAITING).exists():
        enqueue(JOB, actor=SYSTEM, title="办理级联平台来信")
    said = receiving.word(link, days=taken.asks).as_dict()
    body = dumps({"code": "200", "message": "已收下", "data": {"word": said}, "trace_id": exchange.trace_id})
    return json_answer(body, headers=(("Cache-Control", "no-store"),))


def _letters(body: bytes) -> list[object]:
    try:
        letters = orjson.loads(body)["letters"]
    except (ValueError, KeyError, TypeError) as error:
        raise LetterRefused("来件不是级联信件；请对端升级或核对接口。") from error
    if not isinstance(letters, list) or len(letters) > MOST_LETTERS:
        raise LetterRefused(f"一次最多 {MOST_LETTERS} 封；请对端分几次发。")
    return letters

