"""The public's JSON door to one case: where it stands, by its number and the query code that its receipt shows.

The code is part of the case's own random name; whoever has no receipt is told that there is no such case.
"""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from suixin.data.opening.answers import Fault
from suixin.services.cases import queries
from suixin.services.cases.errors import UnknownCase
from suixin.services.cases.models import Case

router = Router(tags=["cases"])
NUMBER = Annotated[str, Path(pattern=r"^[0-9A-Z]{20,40}$", description="办件编号")]


class CaseQuery(Schema):
    """What proves that one has the receipt; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(..., min_length=12, max_length=12, description="收件凭证上的查询码")


class CaseAnswer(Schema):
    """Where a case stands; never for whom it is."""

    number: str
    item: str
    department: str
    state: str
    state_name: str
    next: str
    next_by: datetime | None
    promised_due: datetime | None
    statutory_due: datetime | None
    received_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None


@router.get("/cases/{number}", response={200: CaseAnswer, 400: Fault, 404: Fault}, operation_id="show_case", summary="办件进度")
def show_case(request: HttpRequest, number: NUMBER, asked: Query[CaseQuery]) -> CaseAnswer:
    """Where the case stands, and what comes next by when."""
    rows = Case.objects.select_related("organisation", "reception", "handling")
    case = rows.filter(number=number).first()
    if case is None or not constant_time_compare(case.query_code, asked.code.lower()):
        raise UnknownCase("没有这个办件，或查询码不对；请核对收件凭证上的编号和查询码。")
    lines, then = queries.lines_of(case), queries.next_of(case)
    return CaseAnswer(
        number=case.number, item=case.title, department=str(case.organisation), state=case.state, state_name=case.get_state_display(),
        next=then.sentence, next_by=then.by, promised_due=lines.promised, statutory_due=lines.statutory, received_at=case.received_at,
        accepted_at=case.accepted_at, ended_at=case.ended_at,
    )
