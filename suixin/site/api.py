"""The JSON API under /api/v1/ and its OpenAPI 3.1 description, composed of the modules' routers."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from suixin import __version__
from suixin.data.opening.api import router as datasets
from suixin.ground.notify.api import router as notify
from suixin.ground.people.errors import TokenRefused
from suixin.ground.people.tokens import CHALLENGE
from suixin.kit import origin
from suixin.kit.errors import SuixinError
from suixin.site import openapi
from suixin.site.catalogue_api import router as catalogue
from suixin.site.own_api import router as own


class Api(NinjaAPI):
    """Django Ninja's API, described together with the doors that answer before Django."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:  # noqa: ANN401 passed on to Ninja as it came
        """The whole OpenAPI 3.1 document."""
        schema = super().get_openapi_schema(**options)
        schema["paths"].update(openapi.paths())
        schema["components"].setdefault("securitySchemes", {}).update(openapi.security_schemes() | openapi.token_scheme())
        return schema


api = Api(
    title="遂心 Suixin 开放数据接口",
    version=__version__,
    description="开放数据集的目录、数据行与部门间查询网关。出错时回答 {code, message, trace_id},message 说明原因与改法。",
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api-v1",
)
api.add_router("", datasets)
api.add_router("", catalogue)
api.add_router("", own)
api.add_router("", notify)


@api.exception_handler(SuixinError)
def told(request: HttpRequest, error: SuixinError) -> HttpResponse:
    """The error's own code, status and sentence; a refused token with how to call."""
    answer = _answer(request, error.code, error.sentence, error.http_status)
    if isinstance(error, TokenRefused):
        answer.headers["WWW-Authenticate"] = CHALLENGE
    return answer


@api.exception_handler(ValidationError)
def wrong_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """400 with a sentence that names each wrong parameter."""
    faults = ";".join(f"{_place(fault['loc'])}:{fault['msg']}" for fault in error.errors)
    return _answer(request, "api-400", f"请求参数有误。{faults}。请对照 /api/v1/openapi.json 改正。", 400)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses: a body that is no JSON."""
    told = "请求体读不出来；请发送 UTF-8 的 JSON，并对照 /api/v1/openapi.json。"
    return _answer(request, f"api-{error.status_code}", told, error.status_code)


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """400 for a body over the limit."""
    return _answer(request, "api-400", "请求体过大,请缩小后重试。", 400)


def _place(location: tuple[object, ...]) -> str:
    return ".".join(str(part) for part in location if part not in ("query", "path", "body"))


def _answer(request: HttpRequest, code: str, message: str, status: int) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message, "trace_id": origin.current().trace_id}, status=status)
