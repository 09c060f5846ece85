"""Personal access tokens of one's own account: made, shown once, revoked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from suixin.ground.people import tokens
from suixin.ground.people.credentials import TokenScope
from suixin.ground.people.errors import BadToken
from suixin.ground.people.models import Account
from suixin.site.shell.account_forms import TokenForm
from suixin.site.shell.pages.console.account import crumbs_of, fresh_page, own_page
from suixin.site.shell.queries import account as queries


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_page
def token_list(request: HttpRequest, account: Account) -> HttpResponse:
    """The account's tokens, and the form that makes one; a new one is shown in this answer only."""
    form, text, sentence = TokenForm(request.POST if request.method == "POST" else None), "", ""
    if form.is_valid():
        typed = form.cleaned_data
        try:
            _, text = tokens.make_token(account, typed["name"], scope=TokenScope(typed["scope"]), days=typed["days"])
            form = TokenForm()
        except BadToken as error:
            sentence = error.sentence
    context = {"page": queries.tokens(account), "form": form, "text": text, "sentence": sentence,
               "crumbs": crumbs_of((gettext("访问令牌"), ""))}
    return render(request, "console/account_tokens.html", context, status=422 if request.method == "POST" and not text else 200)


@require_POST
@own_page
def revoke(request: HttpRequest, account: Account) -> HttpResponse:
    """One token revoked."""
    which = request.POST.get("token", "")
    try:
        tokens.revoke_token(account, int(which) if which.isdecimal() and len(which) < 18 else 0)
        messages.success(request, gettext("令牌已撤销，用它的程序一秒内就不能再读取。"))
    except BadToken as error:
        messages.error(request, error.sentence)
    return redirect("console-account-tokens")
