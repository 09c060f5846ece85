"""What goes wrong under the machine addresses is told in JSON: {code, message, trace_id}, never as a page.

Covers what Django answers before or beside our handlers: unknown addresses, wrong methods, wrong hosts, crashes.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from suixin.kit import origin

_PREFIXES = ("/api/", "/gateway/")
_SENTENCES = {
    400: ("api-400", "请求不合规则:请检查地址、主机名和请求头后重试。"),
    403: ("api-403", "没有权限:请检查调用方的授权。"),
    404: ("res-404", "没有这个接口地址:请对照 /api/v1/openapi.json 检查。"),
    405: ("api-405", "这个地址不接受此方法:可用的方法见回答头 Allow。"),
    500: ("api-500", "平台出现异常,已记入日志:请凭追踪号报障。"),
}


class JsonFaults:
    """Middleware that gives faults under the machine addresses a JSON body and keeps their headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, its body replaced when it is a fault that is not JSON yet."""
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(_PREFIXES) or _is_json(response):
            return response
        told = _told(response.status_code)
        for name in ("Allow", "Retry-After"):
            if name in response:
                told[name] = response[name]
        return told


def _is_json(response: HttpResponseBase) -> bool:
    return str(response.get("Content-Type", "")).startswith("application/json")


def _told(status: int) -> HttpResponse:
    code, message = _SENTENCES.get(status, (f"api-{status}", "请求不能完成:请对照 /api/v1/openapi.json 检查。"))
    content = {"code": code, "message": message, "trace_id": origin.current().trace_id}
    return JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})
