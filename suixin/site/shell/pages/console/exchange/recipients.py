"""Recipients of Delta Sharing: profile files issued, rotated, revoked; each is shown in the answer that made it only."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from suixin.data.doors.delta import recipients
from suixin.data.doors.models import ShareToken
from suixin.ground.people.models import Application
from suixin.ground.people.queries import within
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.pages.console.exchange.acting import made
from suixin.site.shell.queries.exchange import common
from suixin.site.shell.queries.exchange import recipients as queries
from suixin.site.shell.readers import actor_for, staff_page

LIST = "console-exchange-recipients"


class IssueForm(forms.Form):
    """Whose profile file, for how long."""

    application = forms.ModelChoiceField(label=_("应用"), queryset=Application.objects.none(), empty_label=_("请选择"))
    days = forms.IntegerField(
        label=_("有效天数"), min_value=1, max_value=recipients.LONGEST_DAYS, initial=recipients.USUAL_DAYS,
        widget=forms.NumberInput(attrs={"class": "control"}),
    )

    def __init__(self, *args: object, actor: Actor) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # passed through as the page gives them
        field = self.fields["application"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        ours = within(actor, "people.edit_application", "organisation")
        field.queryset = Application.objects.filter(ours, is_active=True).order_by("name")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def recipient_list(request: HttpRequest) -> HttpResponse:
    """Tokens within the reader's reach; the form issues a profile file, shown in that answer only."""
    actor = actor_for(request)
    form = IssueForm(request.POST if request.method == "POST" else None, actor=actor)
    done = made(form, lambda: recipients.make_token(form.cleaned_data["application"], actor=actor, days=form.cleaned_data["days"]))
    page = queries.recipient_list(request.GET, actor=actor)
    context = {
        "page": page, "form": IssueForm(actor=actor) if done else form, "secret": _profile(request, done), "kinds": common.kinds(LIST),
        "crumbs": common.crumbs((gettext("Delta Sharing 接收方"), "")),
    }
    status = 422 if request.method == "POST" and done is None else 200
    return render(request, "console/exchange/recipients.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def recipient(request: HttpRequest, pk: int) -> HttpResponse:
    """One token; rotated (the new profile file is shown in that answer only) or revoked, with a reason."""
    actor = actor_for(request)
    rotating, revoking, status = ReasonForm(auto_id="rotate_%s"), ReasonForm(auto_id="revoke_%s"), 200
    done: tuple[ShareToken, str] | None = None
    if request.method == "POST":
        held, status = queries.token_by(pk, actor=actor), 422
        match request.POST.get("move", ""):
            case "rotate":
                rotating = ReasonForm(request.POST, auto_id="rotate_%s")
                done = made(rotating, lambda: recipients.rotate_token(held, actor=actor, reason=rotating.cleaned_data["reason"]))
            case "revoke":
                revoking = ReasonForm(request.POST, auto_id="revoke_%s")
                if made(revoking, lambda: recipients.revoke_token(held, actor=actor, reason=revoking.cleaned_data["reason"])):
                    messages.success(request, gettext("已办理，一秒内在所有节点生效，并已记入审计。"))
                    return redirect("console-exchange-recipient", pk=pk)
            case _:
                raise BadRequest("不认识的操作；请用页面上的按钮。")
    page = queries.recipient_page(done[0].pk if done else pk, actor=actor)
    crumbs = common.crumbs((gettext("Delta Sharing 接收方"), reverse(LIST)), (page.name, ""))
    context = {"page": page, "rotate": rotating, "revoke": revoking, "secret": _profile(request, done), "crumbs": crumbs}
    return render(request, "console/exchange/recipient.html", context, status=200 if done else status)


def _profile(request: HttpRequest, done: tuple[ShareToken, str] | None) -> str:
    return recipients.profile(done[1], done[0], base=request.build_absolute_uri("/")).decode() if done else ""
