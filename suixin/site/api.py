"""The JSON API under /api/v1/ and its OpenAPI 3.1 description, composed of the modules' routers."""

from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from suixin import __version__
from suixin.data.catalog.exchange.shapes import path_of, sentence_of
from suixin.data.opening.api import router as datasets
from suixin.ground.notify.api import router as notify
from suixin.ground.people.errors import TokenRefused
from suixin.ground.people.tokens import CHALLENGE
from suixin.kit import origin
from suixin.kit.errors import SuixinError
from suixin.site import openapi
from suixin.site.cases_api import router as cases
from suixin.site.catalogue import entries
from suixin.site.catalogue_api import router as catalogue
from suixin.site.items_api import router as items
from suixin.site.own_api import router as own
from suixin.site.payments_api import router as payments
from suixin.site.sharing_api import router as sharing
from suixin.site.sharing_moves_api import router as sharing_moves
from suixin.site.themes_api import router as themes

MAX_FAULTS, SAID = 200, 5


class Plain(Parser):
    """Bodies as strict JSON: no nesting without end, no lone surrogates, no zero bytes, which no database takes as text."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 whatever JSON holds
        """The value. Raises ValueError, which Ninja answers with 400."""
        if b"\\u0000" in request.body:
            raise ValueError("a zero byte")
        return orjson.loads(request.body)


class Api(NinjaAPI):
    """Django Ninja's API, described together with the doors that answer before Django."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:  # noqa: ANN401 passed on to Ninja as it came
        """The whole OpenAPI 3.1 document."""
        schema = super().get_openapi_schema(**options)
        schema["paths"].update(openapi.paths())
        openapi.tell_of_slow_bodies(schema)
        schema["components"].setdefault("securitySchemes", {}).update(openapi.security_schemes() | openapi.token_scheme())
        return schema


api = Api(
    title="遂心 Suixin 开放数据接口",
    version=__version__,
    description="开放数据集的目录、数据行与部门间查询网关。出错时回答 {code, message, trace_id},message 说明原因与改法。",
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api-v1",
    parser=Plain(),
)
api.add_router("", datasets)
api.add_router("", catalogue)
api.add_router("", items)
api.add_router("", cases)
api.add_router("", payments)
api.add_router("", themes)
api.add_router("", entries)
api.add_router("", own)
api.add_router("", sharing)
api.add_router("", sharing_moves)
api.add_router("", notify)


@api.exception_handler(SuixinError)
def told(request: HttpRequest, error: SuixinError) -> HttpResponse:
    """The error's own code, status and sentence; a refused token with how to call."""
    answer = _answer(request, error.code, error.sentence, error.http_status, faults=_faults(error.fields.get("faults")))
    if isinstance(error, TokenRefused):
        answer.headers["WWW-Authenticate"] = CHALLENGE
    return answer


@api.exception_handler(ValidationError)
def wrong_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """400 with a sentence that names each wrong parameter."""
    faults = [{"path": _place(fault["loc"]), "sentence": sentence_of(fault)} for fault in error.errors[:MAX_FAULTS]]
    told = ";".join(f"{one['path']}:{one['sentence']}" for one in faults[:SAID])
    return _answer(request, "api-400", f"请求参数有误。{told}。请对照 /api/v1/openapi.json 改正。", 400, faults=faults)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses: a body that is no JSON."""
    told = "请求体读不出来；请发送 UTF-8 的 JSON，并对照 /api/v1/openapi.json。"
    return _answer(request, f"api-{error.status_code}", told, error.status_code)


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """400 for a body over the limit."""
    return _answer(request, "api-400", "请求体过大,请缩小后重试。", 400)


def _place(location: tuple[int | str, ...]) -> str:
    """Where in the request: the name of a parameter, or the path in the body (whose own name nobody sent)."""
    return path_of(location[2:] if location[0] == "body" and len(location) > 2 else location[1:])


def _faults(told: object) -> list[dict[str, str]] | None:
    """Faults at their paths, when the error has any such."""
    return told if isinstance(told, list) and all(isinstance(one, dict) for one in told) else None


def _answer(
    request: HttpRequest, code: str, message: str, status: int, *, faults: list[dict[str, str]] | None = None
) -> HttpResponse:
    content: dict[str, Any] = {"code": code, "message": message, "trace_id": origin.current().trace_id}  # Any: JSON
    return api.create_response(request, content | ({"faults": faults} if faults is not None else {}), status=status)
