"""What writing calls send beside entries, and what all of them may be answered."""

from datetime import date
from typing import Annotated, Any  # parts of an OpenAPI document are JSON

from ninja import Schema
from pydantic import ConfigDict, Field

from suixin.data.catalog.exchange.shapes import RevisionIn
from suixin.kit.errors import BadRequest
from suixin.site.catalogue.schemas import Faulty

REFUSED = {400: Faulty, 401: Faulty, 403: Faulty, 404: Faulty, 409: Faulty, 412: Faulty, 422: Faulty, 428: Faulty}
HEADERS: dict[str, Any] = {
    "security": [{"AccessToken": []}],
    "parameters": [
        {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 300},
         "description": "所见状态的 ETag;修改已有目录、变更时必须有"},
        {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "pattern": "^[!-~]{8,128}$"},
         "description": "同一个键只办一次,七天内重复的请求得到第一次的回答"},
    ],
}
DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$", description="理由")]
Told = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$", description="说明")]


class ReasonIn(Schema):
    """Why."""

    model_config = ConfigDict(extra="forbid")
    reason: Told = ""


class WithdrawalIn(Schema):
    """Why an entry shall end, since when, and what stands for it."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason
    happened_on: str = Field("", pattern=rf"^$|{DAY}", description="调整或变化之日;不写则为今天")
    successor: str = Field("", pattern=r"^[A-Za-z0-9_/-]{0,120}$", description="取代它的目录的数据表名或代码")


class ChangeIn(RevisionIn):
    """What a published entry shall say otherwise, why and since when; handed on at once with `submit`."""

    reason: Reason
    happened_on: str = Field("", pattern=rf"^$|{DAY}", description="调整或变化之日;不写则为今天")
    submit: bool = Field(default=False, description="同时提交审核")


class DropQuery(Schema):
    """Why a change is given up."""

    model_config = ConfigDict(extra="forbid")
    reason: Told = "编制人放弃"


def day_of(text: str, name: str = "happened_on") -> date | None:
    """The day of an ISO text; None for "". Raises BadRequest, naming the field, for one that no calendar has."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest(f"{name} 的“{text}”不是日历上的一天;写成 2026-01-31。") from None


def needed_day(text: str, name: str) -> date:
    """The day of an ISO text that must name one. Raises BadRequest, naming the field."""
    if (day := day_of(text, name)) is None:
        raise BadRequest(f"{name} 不能为空;写成 2026-01-31。")
    return day
