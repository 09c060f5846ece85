"""The JSON door of a share's standing: suspended, resumed, terminated by its provider or the bureau; see `sharing_api`."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from suixin.data.sharing import ending, queries
from suixin.data.sharing.models import Share
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.catalogue.conditions import Answer, caller, once
from suixin.site.catalogue.requests import DAY, HEADERS, REFUSED, needed_day
from suixin.site.catalogue.router import refuse_unknown
from suixin.site.sharing_api import ShareOut, told_of

router = Router(tags=["sharing"])
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


class SuspendIn(Schema):
    """Why a share is suspended, and by when it is to be put right."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(..., min_length=1, max_length=500, pattern=_TEXT, description="暂停的事实和理由")
    remedy_by: str = Field(..., pattern=DAY, description="整改期限,在今天之后")


class ResumeIn(Schema):
    """Why a share is in use again."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(..., min_length=1, max_length=500, pattern=_TEXT, description="恢复的理由")


class TerminateIn(Schema):
    """Why a share is terminated, and what was agreed with the asker."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(..., min_length=1, max_length=500, pattern=_TEXT, description="终止的理由")
    consultation: str = Field("", max_length=500, pattern=_TEXT, description="与需求方协商的时间、对象和结果;主管部门终止时可以不写")


@router.post(
    "/sharing/shares/{share}/suspend", response={200: ShareOut, **REFUSED}, operation_id="suspend_share", summary="暂停共享",
    openapi_extra=HEADERS,
)
def suspend_share(request: HttpRequest, share: UUID, given: SuspendIn) -> HttpResponse:
    """Stopped at every door, by the provider or the bureau."""
    return _moved(request, share, lambda held, actor: ending.suspend_share(
        held, actor=actor, reason=given.reason, remedy_by=needed_day(given.remedy_by, "remedy_by")))


@router.post(
    "/sharing/shares/{share}/resume", response={200: ShareOut, **REFUSED}, operation_id="resume_share", summary="恢复共享",
    openapi_extra=HEADERS,
)
def resume_share(request: HttpRequest, share: UUID, given: ResumeIn) -> HttpResponse:
    """In use again."""
    return _moved(request, share, lambda held, actor: ending.resume_share(held, actor=actor, reason=given.reason))


@router.post(
    "/sharing/shares/{share}/terminate", response={200: ShareOut, **REFUSED}, operation_id="terminate_share", summary="终止共享",
    openapi_extra=HEADERS,
)
def terminate_share(request: HttpRequest, share: UUID, given: TerminateIn) -> HttpResponse:
    """Ended with its grant, and before the bureau to be filed."""
    return _moved(request, share, lambda held, actor: ending.terminate_share(
        held, actor=actor, reason=given.reason, consultation=given.consultation))


def _moved(request: HttpRequest, share: UUID, move: Callable[[Share, Actor], object]) -> HttpResponse:
    refuse_unknown(request)
    actor = caller(request)

    def work() -> Answer:
        held = queries.visible_shares(actor).filter(uuid=share).first()
        if held is None:
            raise NotFound("没有这项共享，或您不能查看;请用 GET /api/v1/sharing/shares 查看。")
        move(held, actor)
        return Answer(told_of(queries.visible_shares(actor).get(uuid=share)))

    return once(request, actor, work)
