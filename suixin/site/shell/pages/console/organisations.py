"""Organisations as a tree, one of them, and the roles as a matrix."""

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.people import organisations
from suixin.ground.people.models import Organisation
from suixin.ground.people.organisations import NewOrganisation, OrganisationChange
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.site.shell.queries import organisations as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.roles import roles_page
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.staff_forms import NewOrganisationForm, OrganisationForm, PlaceForm


@require_safe
@staff_page
def tree(request: HttpRequest) -> HttpResponse:
    """The tree of organisations within the reader's reach."""
    page = queries.tree(request.GET, actor=actor_for(request))
    return render(request, "console/organisations.html", {"page": page, "crumbs": console_crumbs((gettext("机构"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """A new organisation within the administrator's subtree."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "people.edit_organisation")
    form = NewOrganisationForm(request.POST or None, parents=queries.parents_for(None, actor=actor))
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        parent, reason = typed.pop("parent"), typed.pop("reason")
        try:
            made = organisations.create_organisation(NewOrganisation(**typed), parent=parent, actor=actor, reason=reason)
        except SuixinError as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, gettext("机构已建立，立即生效，并已记入审计。"))
            return redirect("console-organisation", slug=made.slug)
    crumbs = console_crumbs((gettext("机构"), reverse("console-organisations")), (gettext("新机构"), ""))
    status = 422 if request.method == "POST" else 200
    return render(request, "console/organisation_new.html", {"form": form, "crumbs": crumbs}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """One organisation; an administrator changes its name and place, its name on pages, whether it is a bureau, and when it ends."""
    actor, posted = actor_for(request), request.POST if request.method == "POST" else None
    page = queries.organisation_page(slug, actor=actor)
    is_placing = posted is not None and posted.get("move") == "place"
    now = {name: getattr(page.organisation, name) for name in ("public_name", "is_bureau", "valid_to")}
    form = OrganisationForm(None if is_placing else posted, initial=now)
    stands = {name: getattr(page.organisation, name) for name in ("name", "short_name", "parent")}
    place = PlaceForm(posted if is_placing else None, initial=stands, parents=page.parents, auto_id="place_%s")
    filled, act = (place, _place) if is_placing else (form, _change)
    if posted is not None and filled.is_valid():
        try:
            act(page.organisation, filled, actor)
        except SuixinError as error:
            messages.error(request, error.sentence)
            page = queries.organisation_page(slug, actor=actor)
        else:
            messages.success(request, gettext("已保存，立即生效，并已记入审计。"))
            return redirect("console-organisation", slug=slug)
    crumbs = console_crumbs((gettext("机构"), reverse("console-organisations")), (str(page.organisation), ""))
    context = {"page": page, "form": form, "place": place, "crumbs": crumbs}
    return render(request, "console/organisation.html", context, status=200 if posted is None else 422)


def _change(organisation: Organisation, form: Form, actor: Actor) -> None:
    typed = form.cleaned_data
    change = OrganisationChange(typed["public_name"], typed["is_bureau"], typed["valid_to"])
    organisations.change_organisation(organisation, change, actor=actor, reason=typed["reason"])


@transaction.atomic
def _place(organisation: Organisation, form: Form, actor: Actor) -> None:
    typed = form.cleaned_data
    name, short_name, parent, reason = (typed[field] for field in ("name", "short_name", "parent", "reason"))
    if (name, short_name) != (organisation.name, organisation.short_name):
        organisations.rename_organisation(organisation, name, short_name, actor=actor, reason=reason)
    if parent is not None and parent.pk != organisation.parent_id:
        organisations.move_organisation(organisation, parent, actor=actor, reason=reason)


@require_safe
@staff_page
def roles(request: HttpRequest) -> HttpResponse:
    """What each role may do, and on whose objects."""
    return render(request, "console/roles.html", {"page": roles_page(), "crumbs": console_crumbs((gettext("角色与权限"), ""))})
