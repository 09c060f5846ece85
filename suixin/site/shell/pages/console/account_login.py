"""Signing in and out: password or passkey, second factor, new password when it is due; `ground/people/signin.py` decides.

Nobody is signed in before the last step; a page of a step opens only to who stands at that step.
"""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from suixin.ground.people import lockout, passwords, signin
from suixin.ground.people.errors import PasskeyRefused, TooManyFailures, WeakPassword, WrongCode, WrongPassword
from suixin.ground.people.factors import needs, passkeys, recovery, totp
from suixin.ground.people.models import Account
from suixin.ground.people.sessions import ENDED
from suixin.ground.people.signin import SigningIn, Step
from suixin.kit.addresses import neighbourhood
from suixin.kit.errors import SuixinError
from suixin.site.shell.account_forms import CodeForm, NewPasswordForm, RecoveryForm
from suixin.site.shell.forms import LoginForm

StepPage = Callable[[HttpRequest, SigningIn], HttpResponse]
PAGES = {Step.SECOND: "console-login-second", Step.PASSWORD: "console-login-password", Step.ENROL: "console-login-enrol"}
WRONG = 422


class Login(LoginView):
    """The first step: account and password; goes on to where one came from, within this site."""

    template_name = "console/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Why one has to sign in again, and whether passkeys work at this address."""
        ended = str(self.request.session.pop(ENDED, "")) if ENDED in self.request.session else ""
        return {**super().get_context_data(**kwargs), "ended": _sentence_of_end(ended), "has_passkeys": site_of(self.request) is not None}

    def form_valid(self, form: Form) -> HttpResponse:
        """On to the second step."""
        account = form.get_user()  # type: ignore[attr-defined]  # the form is a LoginForm
        return onward(self.request, signin.begin(self.request, account, by="password", target=self.get_success_url()))

    def form_invalid(self, form: Form) -> HttpResponse:
        """The page again; 429 when too many attempts failed."""
        response = super().form_invalid(form)  # type: ignore[arg-type]  # as above
        if any(error.code == "locked" for error in form.non_field_errors().as_data()):
            response.status_code, response.headers["Retry-After"] = 429, str(settings.SUIXIN.lockout_minutes * 60)
        return response


class Logout(LogoutView):
    """Ends the session and goes to the portal."""


def onward(request: HttpRequest, coming: SigningIn) -> HttpResponse:
    """To the next step; after the last one, signed in, to where one wanted to go."""
    if coming.step is not Step.DONE:
        return redirect(PAGES[coming.step])
    return redirect(signin.finish(request, coming))


def step_page(*steps: Step) -> Callable[[StepPage], Callable[[HttpRequest], HttpResponse]]:
    """The page for who stands at one of these steps; others are sent to where they stand."""

    def guard(page: StepPage) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(page)
        def guarded(request: HttpRequest) -> HttpResponse:
            coming = signin.under_way(request)
            if coming is None:
                return redirect("console-home") if request.user.is_authenticated else redirect_to_login(reverse("console-home"))
            if coming.step not in steps:
                return onward(request, coming)
            return page(request, coming)

        return never_cache(guarded)

    return guard


@require_http_methods(["GET", "HEAD", "POST"])
@step_page(Step.SECOND)
def second(request: HttpRequest, coming: SigningIn) -> HttpResponse:
    """The second step: a code, a passkey or a recovery code."""
    status, sentence = 200, ""
    if request.method == "POST":
        status, sentence = tried(request, coming.account.username, lambda: _prove(request, coming.account))
        if not sentence:
            return redirect("console-login-next")
    site = site_of(request)
    has_passkey = site is not None and coming.account.passkeys.filter(rp_id=site.rp_id).exists()
    context = {
        "sentence": sentence, "has_totp": needs.has_totp(coming.account), "has_recovery": recovery.left(coming.account) > 0,
        "code_form": CodeForm(), "recovery_form": RecoveryForm(), "has_other_site": coming.account.passkeys.exists() and not has_passkey,
        "options": passkeys.request_options(coming.account, site, request.session) if site and has_passkey else "",
    }
    return render(request, "console/login_second.html", context, status=status)


def _prove(request: HttpRequest, account: Account) -> None:
    way = request.POST.get("way", "")
    if way == "code":
        totp.check(account, request.POST.get("code", ""))
    elif way == "recovery":
        recovery.use(account, request.POST.get("recovery", ""))
    else:
        way, site = "passkey", site_of(request)
        if site is None:
            raise PasskeyRefused("这个网址不能用通行密钥；请改用域名打开本站。")
        passkeys.check(account, site, request.session, answer=request.POST.get("credential", ""))
    signin.prove(request, by=way)


def tried(request: HttpRequest, username: str, prove: Callable[[], object]) -> tuple[int, str]:
    """(status, sentence) of an attempt that counts like a password; ("" and 200 when it was right)."""
    try:
        lockout.require_may_try(request, username)
        prove()
    except TooManyFailures as error:
        return error.http_status, error.sentence
    except SuixinError as error:
        if isinstance(error, WrongCode | WrongPassword | PasskeyRefused):
            lockout.note_failure(request, username)
        return WRONG, error.sentence
    return 200, ""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def with_passkey(request: HttpRequest) -> HttpResponse:
    """Signing in with a passkey alone; the device verifies who holds it, so there is no second step."""
    site = site_of(request)
    target = request.POST.get("next", request.GET.get("next", ""))
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        target = reverse("console-home")
    status, sentence = 200, ""
    if request.method == "POST" and site is not None:
        found: list[Account] = []
        answer = request.POST.get("credential", "")
        name = lockout.passkey_name(request)
        status, sentence = tried(request, name, lambda: found.append(passkeys.check(None, site, request.session, answer=answer)))
        if found:
            return onward(request, signin.begin(request, found[0], by="passkey", target=target))
    options = passkeys.request_options(None, site, request.session) if site else ""
    return render(request, "console/login_passkey.html", {"sentence": sentence, "options": options, "next": target}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@step_page(Step.PASSWORD)
def new_password(request: HttpRequest, coming: SigningIn) -> HttpResponse:
    """A new password, because somebody else gave this one or it is too old."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    sentence = ""
    if form.is_valid():
        try:
            passwords.renew_password(coming.account, form.cleaned_data["new"])
            signin.renew(request, coming.account)
            return redirect("console-login-next")
        except WeakPassword as error:
            sentence = error.sentence
    context = {"form": form, "sentence": sentence, "rules": passwords.rules(), "is_first": coming.account.must_change_password}
    return render(request, "console/login_password.html", context, status=WRONG if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD"])
@step_page(Step.ENROL)
def enrol(request: HttpRequest, coming: SigningIn) -> HttpResponse:
    """Which second factor to enrol; the pages for it are those of one's own account."""
    context = {"has_passkeys": site_of(request) is not None, "was_reset": coming.account.must_enrol_factor}
    return render(request, "console/login_enrol.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@step_page()
def go_on(request: HttpRequest, coming: SigningIn) -> HttpResponse:
    """Wherever the one on the way in stands."""
    return onward(request, coming)


def site_of(request: HttpRequest) -> passkeys.Site | None:
    """The host name and origin as the browser sees them; None where passkeys cannot work: an address of digits."""
    name, _ = split_domain_port(request.get_host())
    if not name or neighbourhood(name.strip("[]")):
        return None
    scheme = "https" if settings.SUIXIN.https else request.scheme
    return passkeys.Site(name, f"{scheme}://{request.get_host()}")


def _sentence_of_end(reason: str) -> str:
    return {
        "idle": gettext("太久没有操作，会话已结束，请重新登录。"),
        "old": gettext("登录已满最长时间，会话已结束，请重新登录。"),
        "ended": gettext("会话已被结束：可能在别处登录过多、账号或密码有变动，请重新登录。"),
    }.get(reason, "")
