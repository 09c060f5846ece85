"""The public's JSON door to the catalogue: found by words, narrowed and counted by facets, page by page.

Ours, and beside them the best few of other platforms; those of one platform when it is named (`platform`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson
from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import BaseModel, ConfigDict, Field

from suixin.data.catalog import finding
from suixin.data.catalog.models import ResourceState
from suixin.data.opening.answers import Fault, Links, Meta
from suixin.ground.search import finding as search
from suixin.ground.search.marking import Piece, matching_items, pieces
from suixin.ground.search.shelves import Shelf, shelves_of
from suixin.site import catalogue_platforms as platforms

router = Router(tags=["catalogue"])
MAX_PAGE = 100
PATH, JSON = "/api/v1/catalogue", "application/json; charset=utf-8"
SHOWN = ("table", "title", "resource_code", "provider", "theme", "level", "share_type", "open_type", "update_cycle", "abstract")
OURS = {"platform": "", "platform_name": ""}
_COLUMNS = ("r.title", "r.code", "o.name", *(f"r.{name}" for name in SHOWN[4:]), "r.state")
_SELECT = (
    f"""SELECT r."table", {', '.join(_COLUMNS)} FROM catalog_resource r"""  # noqa: S608 our own words
    """ JOIN people_organisation o ON o.id = r.provider_id WHERE r."table" IN"""
)


class CatalogueQuery(BaseModel):  # no Schema: a plain model is checked in a tenth of the time
    """What the catalogue may be asked for; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field("", max_length=200, description="检索词或一句话;可用拼音、首字母、同义词,容错一两个字")
    provider: str = Field("", max_length=120, description="提供单位标识")
    theme: str = Field("", max_length=64, description="主题")
    level: str = Field("", max_length=1, description="数据分级 1 至 5")
    share: str = Field("", max_length=16, description="共享类型代码")
    open: str = Field("", max_length=16, description="开放类型代码")
    cycle: str = Field("", max_length=2, description="更新周期代码")
    format: str = Field("", max_length=32, description="资源格式")
    platform: str = Field("", max_length=40, description="其他平台的代码:只查它报来的目录;不填为本平台")
    page: int = Field(1, ge=1, le=100_000, description="页码,从 1 起")
    page_size: int = Field(20, ge=1, le=MAX_PAGE, description="每页条数")


class PieceOut(Schema):
    """A stretch of text; `marked` when it answers the question. The text is plain: escape it before it is shown."""

    text: str
    marked: bool


class FoundEntryOut(Schema):
    """One entry of the catalogue. `highlight` is the title in pieces, `items` the items that answer, in pieces.

    `platform`, `platform_name`: whose catalogue it is in, empty for ours; `table`, `provider` and codes are those of that platform.
    """

    table: str
    title: str
    resource_code: str
    provider: str
    theme: str
    level: int
    share_type: str
    open_type: str
    update_cycle: str
    abstract: str
    url: str
    platform: str
    platform_name: str
    highlight: list[PieceOut]
    items: list[PieceOut]


class FacetOut(Schema):
    """One value of a facet, and how many entries it leaves."""

    value: str
    count: int


class CataloguePageOut(Schema):
    """One page of entries, best first; the facets are counted under the question and the other facets' choices.

    `elsewhere`: on the first page for words, the best few of other platforms; the facet `platform` says how many each has, "" for ours.
    """

    data: list[FoundEntryOut]
    elsewhere: list[FoundEntryOut]
    facets: dict[str, list[FacetOut]]
    links: Links
    meta: Meta


@router.get(
    "/catalogue", response={200: CataloguePageOut, 400: Fault}, operation_id="search_catalogue", summary="检索资源目录"
)
def search_catalogue(request: HttpRequest, query: Query[CatalogueQuery]) -> HttpResponse:
    """A page of published entries, open or not: the same as `/catalogue` shows to everybody."""
    return HttpResponse(page(query), content_type=JSON)


def page(query: CatalogueQuery) -> bytes:
    """The answer as JSON, written out here and not through the schema: checking some hundred pieces costs more than finding them."""
    return sought(query).answer()


@dataclass(frozen=True, slots=True)
class Sought:
    """A question with the documents as they stand now."""

    query: CatalogueQuery
    ours: Shelf
    theirs: Shelf

    def known(self) -> bytes | None:
        """The answer, if it was told before."""
        return search.known(finding.PUBLIC, self._asked, self.ours)

    def answer(self) -> bytes:
        """The answer as JSON."""
        return search.told(
            finding.PUBLIC, self._asked, lambda shelf: orjson.dumps(_page(self.query, shelf, self.theirs)), shelf=self.ours
        )

    @property
    def _asked(self) -> tuple[object, ...]:
        return (*self.query.__dict__.values(), self.theirs.stamp)


def sought(query: CatalogueQuery) -> Sought:
    """The question put to the documents of now."""
    return Sought(query, *shelves_of(finding.KIND, platforms.KIND))


def _page(query: CatalogueQuery, ours: Shelf, theirs: Shelf) -> dict[str, Any]:  # Any: JSON
    chosen = {name: [value] for name in finding.FACETS if (value := getattr(query, name))}
    start, size = (query.page - 1) * query.page_size, query.page_size
    here = search.search(finding.PUBLIC, query.q, chosen=chosen, start=start, size=0 if query.platform else size, shelf=ours)
    is_shown = bool(query.q) and query.page == 1 and not query.platform
    elsewhere = platforms.best_elsewhere(query.q, chosen, is_shown=is_shown, shelf=theirs)
    found = here
    if query.platform:
        found = platforms.of_platform(query.platform, query.q, chosen, start=start, size=size, shelf=theirs)
    facets = {name: _counted(found.facets.get(name, {})) for name in finding.FACETS}
    return {
        "data": _lines(found, platforms.lines_of if query.platform else _entries),
        "elsewhere": _lines(elsewhere, platforms.lines_of),
        "facets": facets | {platforms.PLATFORM: _counted(platforms.counted(here.total, elsewhere))},
        "links": {"next": _next(query) if start + size < found.total else None},
        "meta": {"page_size": size, "total": found.total},
    }


def _entries(tables: list[str]) -> Mapping[str, bytes]:
    """What is shown of each of the entries that is in force, as its JSON object begins.

    Not by the model: making its sentence costs as much as the question.

    Neither filtered by state nor ordered: SQLite would then walk the whole catalogue instead of twenty keys.
    """
    if not tables:
        return {}
    sentence = f"{_SELECT} ({', '.join(['%s'] * len(tables))})"
    with connection.cursor() as cursor:
        cursor.execute(sentence, tables)
        return {
            row[0]: orjson.dumps({**dict(zip(SHOWN, row[:-1], strict=True)), "url": f"/catalogue/{row[0]}", **OURS})[:-1] + b","
            for row in cursor.fetchall() if row[-1] == ResourceState.PUBLISHED
        }


def _lines(found: search.Found, read: Callable[[list[str]], Mapping[str, bytes]]) -> list[orjson.Fragment]:
    entries, asked = found.beside(read), found.question
    documents = [one for one in found.documents if one.key in entries]
    named = matching_items([one.items for one in documents], asked)
    return [
        orjson.Fragment(entries[one.key] + orjson.dumps({"highlight": _pieces(pieces(one.title, asked)), "items": _pieces(items)})[1:])
        for one, items in zip(documents, named, strict=True)
    ]


def _pieces(found: Iterable[Piece]) -> list[dict[str, Any]]:  # Any: JSON
    return [{"text": text, "marked": is_marked} for text, is_marked in found]


def _counted(counts: Mapping[str, int]) -> orjson.Fragment:
    """Values with their counts, written out: some hundred and fifty objects of a page, for a third of what making them costs."""
    return orjson.Fragment(b"[" + b",".join([_opening(value) + b"%d}" % count for value, count in counts.items()]) + b"]")


@lru_cache(10_000)
def _opening(value: str) -> bytes:
    return b'{"value":' + orjson.dumps(value) + b',"count":'


def _next(query: CatalogueQuery) -> str:
    return f"{PATH}?{urlencode(query.model_dump(exclude_defaults=True) | {'page': query.page + 1})}"
