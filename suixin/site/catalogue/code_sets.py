"""Code sets as programs read them: everybody may; a list, one set in force or in a version, a page of codes at a time."""

from itertools import islice
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Schema
from pydantic import ConfigDict, Field

from suixin.ground.standards import CodeSet
from suixin.ground.standards import queries as standards
from suixin.kit.errors import NotFound
from suixin.site.catalogue import schemas
from suixin.site.catalogue.conditions import Answer, conditional
from suixin.site.catalogue.router import refuse_unknown, router
from suixin.site.catalogue.schemas import Faulty

CODE = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f?#@]{1,64}$", description="代码集代码,例如 GB/T 2261.1")]
_READ = {400: Faulty, 401: Faulty, 404: Faulty}
MAX_PAGE = 5_000


class CodesQuery(Schema):
    """Which version, and which part of its codes."""

    model_config = ConfigDict(extra="forbid")
    version: str = Field("", max_length=32, pattern=r"^[^\x00-\x1f@]*$", description="版本;不填为现行版本")
    offset: int = Field(0, ge=0, le=10_000_000, description="从第几个代码之后开始")
    page_size: int = Field(1_000, ge=1, le=MAX_PAGE, description="每页个数")


class SetBriefOut(Schema):
    """A code set without its codes."""

    code: str
    name: str
    version: str
    source: str
    total: int
    digest: str


class SetBriefsOut(Schema):
    """Every code set of the platform that is in force."""

    data: list[SetBriefOut]


class SetCodesOut(SetBriefOut):
    """One version with a part of its codes; `retired`: abolished codes that became one other; `next_offset` null at the end."""

    codes: list[schemas.CodeOut]
    retired: dict[str, str]
    next_offset: int | None


@router.get("/code-sets", response={200: SetBriefsOut, **_READ}, operation_id="list_all_code_sets", summary="全部代码集")
def list_all_code_sets(request: HttpRequest) -> HttpResponse:
    """The platform's code sets in force; those of departments are their own matter."""
    refuse_unknown(request)
    return conditional(request, Answer({"data": [_brief(one) for one in standards.code_sets()]}))


@router.get("/code-sets/{path:code}", response={200: SetCodesOut, **_READ}, operation_id="show_code_set", summary="一个代码集")
def show_code_set(request: HttpRequest, code: CODE, query: Query[CodesQuery]) -> HttpResponse:
    """A set in force, or in a version, which never changes."""
    refuse_unknown(request, CodesQuery)
    found = standards.code_set(f"{code}@{query.version}" if query.version else code)
    if found.owner:
        raise NotFound(f"没有代码集“{code}”；请在 /api/v1/code-sets 查看有哪些。", code=code)
    end = query.offset + query.page_size
    codes = [{"code": one, "name": name} for one, name in islice(found.entries.items(), query.offset, end)]
    following = end if end < len(found.entries) else None
    return conditional(request, Answer({**_brief(found), "codes": codes, "retired": dict(found.retired), "next_offset": following}))


def _brief(found: CodeSet) -> dict[str, str | int]:
    return {
        "code": found.code, "name": found.name, "version": found.version, "source": found.source, "total": found.total,
        "digest": found.digest,
    }
