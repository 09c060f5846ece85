"""Signing in at an identity provider, coming back, signing out. Each failure is a page with a sentence."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from suixin.ground.people.residents import signin, simulated
from suixin.ground.people.residents.oidc import client
from suixin.ground.people.residents.oidc.declared import Provider, provider, providers
from suixin.kit.errors import NotFound, SuixinError
from suixin.site.shell import residency
from suixin.site.shell.queries.links import portal_crumbs


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """One button for each provider, plainly said when there is none; in a demonstration also a form for its made-up people."""
    after = residency.safe_next(request.POST.get("next") or request.GET.get("next", ""))
    if residency.session_for(request) is not None:
        return HttpResponseRedirect(after)
    people, sentence, status = simulated.people(), "", 200
    if request.method == "POST":
        if not people:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            done = simulated.sign_in(request.POST.get("account", ""), request.POST.get("password", ""))
        except SuixinError as error:
            sentence, status = error.sentence, error.http_status
        else:
            response = HttpResponseRedirect(after)
            residency.keep_session(response, done.token)
            return response
    context = {
        "providers": providers(), "people": people, "account": request.POST.get("account", ""), "sentence": sentence, "next": after,
        "crumbs": portal_crumbs((gettext("登录"), "")),
    }
    return render(request, "resident/login.html", context, status=status)


@require_GET
@never_cache
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Off to the provider. A link, not a form: the policy of our pages lets no form lead to another host."""
    try:
        chosen = _provider(slug)
        begun = signin.begin(
            chosen, next_path=residency.safe_next(request.GET.get("next", "")), redirect_uri=_way_back(request, slug)
        )
    except SuixinError as error:
        return _failed(request, error)
    response = HttpResponseRedirect(begun.address)
    residency.keep_attempt(response, begun.browser_token)
    return response


@require_GET
@never_cache
def back(request: HttpRequest, slug: str) -> HttpResponse:
    """Back from the provider: signed in and on to the page wanted, or a sentence."""
    try:
        done = signin.complete(
            _provider(slug), request.GET.dict(), browser_token=request.COOKIES.get(residency.ATTEMPT_COOKIE, ""),
            redirect_uri=_way_back(request, slug),
        )
    except SuixinError as error:
        response = _failed(request, error)
        residency.drop_attempt(response)
        return response
    before = residency.session_for(request)
    if before is not None:
        signin.sign_out(before)
    response = HttpResponseRedirect(residency.safe_next(done.next))
    residency.drop_attempt(response)
    residency.keep_session(response, done.token)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def logout(request: HttpRequest) -> HttpResponse:
    """Signed out here by a form; then the way to sign out of the provider too, when it has one."""
    if request.method == "POST":
        session = residency.session_for(request)
        if session is not None:
            signin.sign_out(session)
        response = redirect(f"{reverse('logout')}?from={session.provider}" if session else reverse("logout"))
        residency.drop_session(response)
        return response
    if residency.session_for(request) is not None:
        return render(request, "resident/logout.html", {"is_signed_in": True})
    left = provider(request.GET.get("from", ""))
    address = client.end_session_url(left, return_to=request.build_absolute_uri(reverse("login"))) if left else ""
    return render(request, "resident/logout.html", {"provider": left, "end_session_url": address})


def _provider(slug: str) -> Provider:
    found = provider(slug)
    if found is None:
        raise NotFound("没有这个登录方式,或它已停用;请回到登录页另选。")
    return found


def _way_back(request: HttpRequest, slug: str) -> str:
    return request.build_absolute_uri(reverse("login-back", args=[slug]))


def _failed(request: HttpRequest, error: SuixinError) -> HttpResponse:
    crumbs = portal_crumbs((gettext("登录"), reverse("login")), (gettext("没有登录"), ""))
    context = {"sentence": error.sentence, "code": error.code, "crumbs": crumbs}
    response = render(request, "resident/login_failed.html", context, status=error.http_status)
    if error.retry:
        response.headers["Retry-After"] = "60"
    return response
