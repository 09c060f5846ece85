"""What a call must say of itself: who makes it, which state it saw (If-Match), whether it was made before (Idempotency-Key)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar  # answers are JSON

import orjson
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from suixin.data.catalog.models import AnsweredCall
from suixin.ground.people.errors import TokenRefused
from suixin.kit import clock, sm
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import BadRequest, SuixinError

JSON = "application/json; charset=utf-8"
KEPT = timedelta(days=7)
_KEY = re.compile(r"[\x21-\x7e]{8,128}")


class TagMissing(SuixinError):
    """A change was asked for without saying which state was seen."""

    code: ClassVar[str] = "api-428"
    http_status = 428


class TagStale(SuixinError):
    """What was seen is not what stands now."""

    code: ClassVar[str] = "api-412"
    http_status = 412


class KeySpent(SuixinError):
    """An Idempotency-Key came again with another request."""

    code: ClassVar[str] = "api-422"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> HttpResponse:
        """It as an answer of the web."""
        return HttpResponse(orjson.dumps(self.body), status=self.status, content_type=JSON, headers=dict(self.headers))


def caller(request: HttpRequest) -> Actor:
    """For whom the token acts. Raises TokenRefused without one: the session of a browser opens nothing here."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor) or actor.kind is not ActorKind.STAFF:
        raise TokenRefused(
            "这里要用访问令牌:请求头写 Authorization: Bearer 加令牌;令牌在工作台“我的账号”里新建,要登记、变更目录的权限选目录或读写。"
        )
    return actor


def require_tag(request: HttpRequest, tag: str) -> None:
    """Nothing, when If-Match names the tag. Raises TagMissing, TagStale."""
    told = request.headers.get("If-Match", "").strip()
    if not told:
        raise TagMissing("请求头缺少 If-Match:先取一次,把回答头 ETag 的值原样放进 If-Match,以免覆盖别人的修改。")
    if tag not in [one.strip() for one in told.split(",")]:
        raise TagStale("您取得之后它已有变动,没有修改;请重新取一次,核对后用新的 ETag 再试。")


def once(request: HttpRequest, actor: Actor, work: Callable[[], Answer]) -> HttpResponse:
    """What `work` answers, in one transaction; the same call with the same Idempotency-Key is answered as the first time.

    Only what was done is kept: a refused call may be corrected and sent again under its key. Raises BadRequest, KeySpent.
    """
    key = key_of(request)
    if not key:
        with transaction.atomic():
            return work().response()
    asked = sm.sm3_hex(b"\n".join((str(request.method).encode(), request.get_full_path().encode(), request.body)))
    with transaction.atomic():
        answer, is_known = answered(actor, key, asked=asked, work=work)
    response = answer.response()
    if is_known:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def key_of(request: HttpRequest) -> str:
    """The call's Idempotency-Key; "" without one. Raises BadRequest."""
    key = request.headers.get("Idempotency-Key", "")
    if key and not _KEY.fullmatch(key):
        raise BadRequest("请求头 Idempotency-Key 应为 8 到 128 个可见的英文字符,例如 UUID。")
    return key


def answered(actor: Actor, key: str, *, asked: str, work: Callable[[], Answer]) -> tuple[Answer, bool]:
    """The answer, and whether it is that of an earlier call; part of the caller's transaction. Raises KeySpent."""
    by, now = f"{actor.kind.value}:{actor.key}"[:200], clock.now()
    AnsweredCall.objects.filter(by=by, at__lt=now - KEPT).delete()
    try:
        with transaction.atomic():
            kept = AnsweredCall.objects.create(by=by, key=key, request=asked, at=now)
    except IntegrityError:
        known = AnsweredCall.objects.get(by=by, key=key)
        if known.request != asked:
            raise KeySpent("这个 Idempotency-Key 已用于另一个请求;请换一个新的键。") from None
        return Answer(known.body, known.status, known.headers), True
    answer = work()
    kept.status, kept.headers, kept.body = answer.status, dict(answer.headers), answer.body
    kept.save(update_fields=["status", "headers", "body"])
    return answer, False


def conditional(request: HttpRequest, answer: Answer) -> HttpResponse:
    """The answer, or 304 when If-None-Match names its tag; the tag is the digest of the body unless it has one."""
    body = orjson.dumps(answer.body)
    tag = answer.headers.get("ETag", f'"{sm.sm3_hex(body)[:32]}"')
    held = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    is_known = tag in held or "*" in held
    headers = {**answer.headers, "ETag": tag, "Cache-Control": "no-cache", "Vary": "Authorization"}
    if is_known:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, status=answer.status, content_type=JSON, headers=headers)
