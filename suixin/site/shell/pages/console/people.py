"""Staff: the list, one account with its posts, a new account."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.people import oversight, staff
from suixin.ground.people.models import Account, Post
from suixin.ground.people.staff import NewAccount, Term
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.queries import people as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.staff_forms import AccountForm, NewAccountForm, PostForm

Move = Callable[[HttpRequest, Account, Actor], str]


@require_safe
@staff_page
def people(request: HttpRequest) -> HttpResponse:
    """The list of staff within the reader's reach."""
    page = queries.staff_list(request.GET, actor=actor_for(request))
    return render(request, "console/people.html", {"page": page, "crumbs": console_crumbs((gettext("人员"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account; buttons give and end posts, disable and enable it."""
    actor = actor_for(request)
    account = queries.account_by(pk, actor=actor)
    organisations, roles = queries.givable(actor)
    is_password = request.method == "POST" and request.POST.get("move") == "password"
    if is_password and (shown := _password(request, account, actor)):
        return shown
    is_giving = request.method == "POST" and request.POST.get("move") == "give"
    form = PostForm(request.POST if is_giving else None, organisations=organisations, roles=roles)
    is_editing = request.method == "POST" and request.POST.get("move") == "edit"
    now = {"display_name": account.display_name, "mobile": account.mobile}
    details = AccountForm(request.POST if is_editing else None, initial=now, auto_id="details_%s")
    filled = details if is_editing else form
    may_move = request.method == "POST" and not is_password and (filled.is_valid() or not filled.is_bound)
    if may_move and _moved(request, account, filled):
        return redirect("console-person", pk=pk)
    page = queries.account_page(account, actor=actor)
    crumbs = console_crumbs((gettext("人员"), reverse("console-people")), (str(account), ""))
    context = {"page": page, "form": form, "details": details, "crumbs": crumbs}
    return render(request, "console/person.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """A new account; its start password is shown on the answer and nowhere else."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "people.create_account")
    organisations, roles = queries.givable(actor)
    form = NewAccountForm(request.POST or None, organisations=organisations, roles=roles)
    crumbs = console_crumbs((gettext("人员"), reverse("console-people")), (gettext("新账号"), ""))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        details = NewAccount(typed["username"], typed["display_name"], typed["mobile"])
        try:
            account, password = staff.create_staff(details, actor=actor, organisation=typed["organisation"], role=typed["role"])
        except SuixinError as error:
            messages.error(request, error.sentence)
        else:
            context = {"account": account, "password": password, "crumbs": crumbs}
            return render(request, "console/person_created.html", context)
    status = 422 if request.method == "POST" else 200
    return render(request, "console/person_new.html", {"form": form, "crumbs": crumbs}, status=status)


def _moved(request: HttpRequest, account: Account, form: Form) -> bool:
    """Whether the button's move was done; what became of it is a message."""
    moves: dict[str, Move] = {
        "give": lambda request, account, actor: _give(account, actor, form),
        "edit": lambda request, account, actor: _edit(account, actor, form), "end": _end, "disable": _disable, "enable": _enable,
        "reset": _reset, "unlock": _unlock, "sessions": _end_sessions,
    }
    move = moves.get(request.POST.get("move", ""))
    if move is None:
        raise BadRequest("没有说明要办什么；请用页面上的按钮。")
    try:
        messages.success(request, move(request, account, actor_for(request)))
    except SuixinError as error:
        messages.error(request, error.sentence)
        return False
    return True


def _give(account: Account, actor: Actor, form: Form) -> str:
    typed = form.cleaned_data
    staff.give_post(account, actor=actor, organisation=typed["organisation"], role=typed["role"],
                    term=Term(typed["begins"], typed["ends"]))  # fmt: skip
    return gettext("岗位已安排，立即生效，并已记入审计。")


def _edit(account: Account, actor: Actor, form: Form) -> str:
    typed = form.cleaned_data
    staff.edit_account(account, typed["display_name"], typed["mobile"], actor=actor, reason=typed["reason"])
    return gettext("已保存，立即生效，并已记入审计。")


def _end(request: HttpRequest, account: Account, actor: Actor) -> str:
    number = request.POST.get("post", "")
    post = Post.objects.filter(account=account, pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if post is None:
        raise NotFound("这个账号没有这个岗位；请刷新页面。")
    staff.end_post(post, actor=actor, reason=_reason(request))
    return gettext("岗位已结束，立即生效，并已记入审计。")


def _disable(request: HttpRequest, account: Account, actor: Actor) -> str:
    staff.disable_account(account, actor=actor, reason=_reason(request))
    return gettext("账号已停用，已登录的会话立即失效，并已记入审计。")


def _enable(request: HttpRequest, account: Account, actor: Actor) -> str:
    staff.enable_account(account, actor=actor, reason=_reason(request))
    return gettext("账号已启用，并已记入审计。")


def _reset(request: HttpRequest, account: Account, actor: Actor) -> str:
    oversight.reset_factors(account, actor=actor, reason=_reason(request))
    return gettext("二次验证已重置，本人下次登录时须重新登记，并已记入审计。")


def _unlock(request: HttpRequest, account: Account, actor: Actor) -> str:
    oversight.unlock(account, actor=actor, reason=_reason(request))
    return gettext("锁定已解除，本人可以马上再登录，并已记入审计。")


def _end_sessions(request: HttpRequest, account: Account, actor: Actor) -> str:
    ended = oversight.end_sessions(account, actor=actor, reason=_reason(request))
    return gettext("已结束 %(n)d 处登录。") % {"n": ended}


def _password(request: HttpRequest, account: Account, actor: Actor) -> HttpResponse | None:
    """The page that shows a new start password once; None when it was refused, told by a message."""
    try:
        password = oversight.give_password(account, actor=actor, reason=_reason(request))
    except SuixinError as error:
        messages.error(request, error.sentence)
        return None
    crumbs = console_crumbs((gettext("人员"), reverse("console-people")), (str(account), ""))
    context = {"account": account, "password": password, "crumbs": crumbs, "is_again": True}
    return render(request, "console/person_created.html", context)


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise BadRequest(gettext("请写明理由，理由里不要写个人信息。"))
    return str(form.cleaned_data["reason"])
