"""Pages for what went wrong, each with a sentence that says what to do."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        return _page(request, 400, gettext("一次交来的项太多，没有保存；请减少重复的行，分几次填写。"))
    if isinstance(exception, RequestDataTooBig):
        return _page(request, 400, gettext("一次交来的文字太长，没有保存；请缩短后重试，长的材料请用附件上传。"))
    return _page(request, 400, gettext("请求不完整或不合规则，请返回上一页检查后重试。"))


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """403, also for a form without its token."""
    return _page(request, 403, gettext("没有权限，或页面已过期：请刷新页面后重试，或换用有权限的账号登录。"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(request, 404, gettext("没有这个页面：地址可能写错了，或内容已下架。请从首页搜索。"))


def server_error(request: HttpRequest) -> HttpResponse:
    """500; says nothing of the cause, the log does."""
    return _page(request, 500, gettext("系统出错了，已记入日志。请稍后再试；若一直如此，请联系数据局。"))


def frame_of(request: HttpRequest, status: int) -> str:
    """The layout around an error: the console's for who is signed in there, the portal's for all others.

    Of a fault of ours nothing more is asked of the database.
    """
    is_inside = status < 500 and request.path.startswith("/console/") and hasattr(request, "user")
    return "console.html" if is_inside and request.user.is_authenticated else "portal.html"


def _page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    context = {"status": status, "sentence": sentence, "frame": frame_of(request, status)}
    return render(request, "error.html", context, status=status)
