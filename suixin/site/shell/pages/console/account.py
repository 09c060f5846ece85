"""One's own account: how one signs in, where one is signed in, the password; ends sessions."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from suixin.ground.people import passwords, sessions
from suixin.ground.people.errors import WeakPassword, WrongPassword
from suixin.ground.people.models import Account
from suixin.site.shell.account_forms import ChangePasswordForm, PasswordForm
from suixin.site.shell.pages.console.account_login import WRONG, tried
from suixin.site.shell.queries import account as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import staff_page

AccountPage = Callable[[HttpRequest, Account], HttpResponse]


def own_page(page: AccountPage) -> Callable[[HttpRequest], HttpResponse]:
    """The page for signed-in staff, told whose account it is."""

    @wraps(page)
    def of_account(request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, Account):
            raise TypeError("staff_page lets nobody else in")
        return page(request, request.user)

    return staff_page(of_account)  # type: ignore[return-value]  # our pages give HttpResponse


def fresh_page(page: AccountPage) -> Callable[[HttpRequest], HttpResponse]:
    """As `own_page`, for what a stranger at an open desk must not do: the password is asked again after 15 minutes."""

    @wraps(page)
    def fresh(request: HttpRequest, account: Account) -> HttpResponse:
        if not sessions.is_fresh(request):
            back = request.path if request.method in ("GET", "HEAD") else reverse("console-account")  # a form's address may take no GET
            return redirect(f"{reverse('console-account-confirm')}?{urlencode({'next': back})}")
        return page(request, account)

    return own_page(fresh)


def crumbs_of(*more: tuple[str, str]) -> object:
    """Crumbs from the console by way of one's own account."""
    return console_crumbs((gettext("我的账号"), reverse("console-account") if more else ""), *more)


@require_safe
@own_page
def overview(request: HttpRequest, account: Account) -> HttpResponse:
    """How one signs in, and where one is signed in."""
    page = queries.overview(account, key=request.session.session_key or "")
    return render(request, "console/account.html", {"page": page, "crumbs": crumbs_of()})


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def confirm(request: HttpRequest, account: Account) -> HttpResponse:
    """The password again, before something that matters."""
    target = request.POST.get("next", request.GET.get("next", ""))
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        target = reverse("console-account")
    form, status, sentence = PasswordForm(request.POST if request.method == "POST" else None), 200, ""
    if form.is_valid():
        typed = form.cleaned_data["password"]
        status, sentence = tried(request, account.username, lambda: passwords.require_own(account, typed))
        if not sentence:
            sessions.freshen(request)
            return redirect(target)
    context = {"form": form, "sentence": sentence, "next": target, "crumbs": crumbs_of((gettext("确认是您本人"), ""))}
    return render(request, "console/account_confirm.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def password(request: HttpRequest, account: Account) -> HttpResponse:
    """A new password; every other session ends."""
    form, status, sentence = ChangePasswordForm(request.POST if request.method == "POST" else None), 200, ""
    if form.is_valid():
        old, new = form.cleaned_data["password"], form.cleaned_data["new"]
        status, sentence = tried(request, account.username, lambda: passwords.require_own(account, old))
        if not sentence:
            status, sentence = _changed(request, account, new)
        if not sentence:
            messages.success(request, gettext("密码已更改，其他地方的登录都已结束。"))
            return redirect("console-account")
    elif request.method == "POST":
        status = WRONG
    context = {"form": form, "sentence": sentence, "rules": passwords.rules(), "crumbs": crumbs_of((gettext("更改密码"), ""))}
    return render(request, "console/account_password.html", context, status=status)


def _changed(request: HttpRequest, account: Account, new: str) -> tuple[int, str]:
    try:
        passwords.renew_password(account, new, keep_session=request.session.session_key or "")
    except (WeakPassword, WrongPassword) as error:
        return WRONG, error.sentence
    key = request.session.session_key or ""
    update_session_auth_hash(request, account)  # the session gets a new key, too
    sessions.moved(key, request.session.session_key or "")
    return 200, ""


@require_POST
@own_page
def end_sessions(request: HttpRequest, account: Account) -> HttpResponse:
    """One other session ended, or all others."""
    here = request.session.session_key or ""
    which = request.POST.get("session", "")
    number = int(which) if which.isdecimal() and len(which) < 18 else 0
    ended = passwords.end_own_sessions(account, keep_session=here, only=None if which == "others" else number)
    messages.success(request, gettext("已结束 %(n)d 处登录。") % {"n": ended})
    return redirect("console-account")
