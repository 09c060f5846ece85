"""Second factors of one's own account: enrol an authenticator or a passkey, new recovery codes, remove.

Opens to the signed-in (their password asked again after a while), and to who must enrol before being let in.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from suixin.ground.people import signin
from suixin.ground.people.errors import FactorNeeded, PasskeyRefused
from suixin.ground.people.factors import passkeys, recovery, removal, totp
from suixin.ground.people.models import Account
from suixin.ground.people.signin import Step
from suixin.site.shell.account_forms import CodeForm, PasskeyForm
from suixin.site.shell.pages.console.account import AccountPage, crumbs_of, fresh_page
from suixin.site.shell.pages.console.account_login import site_of, tried

LAYOUTS = {False: "console.html", True: "signing_in.html"}


def enrolling_page(page: AccountPage) -> Callable[[HttpRequest], HttpResponse]:
    """The page for the signed-in who have just shown their password, and for who must enrol on the way in."""
    for_signed_in = fresh_page(page)

    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponse:
        coming = None if request.user.is_authenticated else signin.under_way(request)
        if coming is not None and coming.step is Step.ENROL:
            return page(request, coming.account)
        return for_signed_in(request)

    return never_cache(guarded)


@require_http_methods(["GET", "HEAD", "POST"])
@enrolling_page
def authenticator(request: HttpRequest, account: Account) -> HttpResponse:
    """The QR code and the text of the key; the first code makes it count."""
    factor = totp.begin(account)
    if factor.confirmed_at is not None:
        messages.info(request, gettext("已经登记过验证器；要换一个，请先移除现在的。"))
        return redirect("console-account")
    status, sentence = 200, ""
    if request.method == "POST":
        status, sentence = tried(request, account.username, lambda: totp.confirm(account, request.POST.get("code", "")))
        if not sentence:
            return _enrolled(request, account, by="totp")
    context = {
        "form": CodeForm(), "sentence": sentence, "picture": totp.picture(factor, issuer=totp.issuer()),
        "secret": totp.secret_text(factor), **_frame(request, gettext("登记验证器")),
    }
    return render(request, "console/account_totp.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@enrolling_page
def passkey(request: HttpRequest, account: Account) -> HttpResponse:
    """A new passkey under a name."""
    site = site_of(request)
    form, status, sentence = PasskeyForm(request.POST if request.method == "POST" else None), 200, ""
    if site is not None and form.is_valid():
        name, answer = form.cleaned_data["name"], request.POST.get("credential", "")
        try:
            passkeys.register(account, site, request.session, name=name, answer=answer)
            return _enrolled(request, account, by="passkey")
        except PasskeyRefused as error:
            status, sentence = 422, error.sentence
    context = {
        "form": form, "sentence": sentence, "options": passkeys.registration_options(account, site, request.session) if site else "",
        **_frame(request, gettext("登记通行密钥")),
    }
    return render(request, "console/account_passkey.html", context, status=status)


@require_POST
@fresh_page
def new_codes(request: HttpRequest, account: Account) -> HttpResponse:
    """New recovery codes, shown now and never again."""
    return _codes(request, recovery.make_codes(account))


@require_POST
@fresh_page
def remove(request: HttpRequest, account: Account) -> HttpResponse:
    """The authenticator or one passkey removed, unless it is the last factor of an account that must have one."""
    which = request.POST.get("factor", "")
    try:
        removal.remove(account, which)
    except FactorNeeded as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, gettext("已移除，并已记入审计。"))
    return redirect("console-account")


def _enrolled(request: HttpRequest, account: Account, *, by: str) -> HttpResponse:
    if not request.user.is_authenticated:
        signin.prove(request, by=by)
    if recovery.left(account):
        return redirect("console-account" if request.user.is_authenticated else "console-login-next")
    return _codes(request, recovery.make_codes(account))


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "console/account_codes.html", {"codes": codes, **_frame(request, gettext("恢复码"))})


def _frame(request: HttpRequest, title: str) -> dict[str, object]:
    is_coming = not request.user.is_authenticated
    return {"layout": LAYOUTS[is_coming], "is_coming": is_coming, "crumbs": crumbs_of((title, ""))}
