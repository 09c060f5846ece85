"""Registering an entry by form: title, provider, categories, items as cards; the rest on the page of the proposal.

An entry may serve as a pattern: its items and all it states are copied, beside its title, codes and assessments.
"""

from dataclasses import replace

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.catalog import registering, rules
from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Category, Resource, ResourceState
from suixin.data.catalog.queries import resource_by
from suixin.data.catalog.stating import EDITABLE
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import names
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.site.shell.catalogue_forms import RegisterForm
from suixin.site.shell.item_forms import Editor, editor
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

BLANK, CATEGORY, PATTERNS = 3, "307001", 300
_OWN = frozenset({"secrecy_assessment", "privacy_assessment", "source_department", "related_codes"})  # never copied


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def register(request: HttpRequest) -> HttpResponse:
    """The form; after it, the page of the new proposal."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "catalog.propose")
    places = list(Organisation.objects.filter(within(actor, "catalog.propose")).values_list("pk", flat=True))
    data = request.POST if request.method == "POST" else None
    pattern = _pattern((data or request.GET).get("pattern", ""), actor)
    items = editor(data, _copied(pattern), blank=0 if pattern else BLANK)
    category = pattern.category if pattern else _usual_category(actor)
    form = RegisterForm(None if items.wish else data, providers=places, initial={
        "provider": actor.organisation, "category": category, **(data.dict() if data is not None else {}),
    })
    is_refused = data is not None and not items.wish
    if is_refused:
        is_valid = [form.is_valid(), items.is_valid()]
        if all(is_valid) and (made := _registered(request, form, items, pattern)) is not None:
            messages.success(request, gettext("目录已登记，代码 %(code)s。请补全元数据和评估编号，再提交审核。") % {"code": made.code})
            return redirect("console-proposal", table=made.table)
    crumbs = console_crumbs((gettext("数据资源"), reverse("console-resources")), (gettext("登记目录"), ""))
    context = {
        "form": form, "items": items, "crumbs": crumbs, "pattern": pattern, "patterns": _patterns(places),
        "categories": Category.objects.order_by("code").values_list("code", "name"),
    }
    return render(request, "console/entry_new.html", context, status=422 if is_refused else 200)


def _registered(request: HttpRequest, form: RegisterForm, items: Editor, pattern: Resource | None) -> Resource | None:
    told = form.cleaned_data
    table = names.slugify(told["title"]).replace("-", "_")[:72] or "resource"
    table = table if table[:1].isalpha() else f"t_{table}"
    copied = {name: getattr(pattern, name) for name in EDITABLE if name not in _OWN} if pattern else {}
    try:
        contract = rules.keyed(Contract("", table, told["title"], items.specs()))
        draft = ResourceDraft(
            contract, told["provider"].uscc, told["category"], further_categories=told["further"],
            **{"share_type": "conditional", **copied},
        )
        return registering.register(draft, actor=actor_for(request))
    except SuixinError as error:
        messages.error(request, error.sentence)
        if error.fields.get("fields") == ["title"]:
            form.add_error("title", error.sentence)
        return None


def _pattern(table: str, actor: Actor) -> Resource | None:
    """The entry to copy from; none when none was chosen. Raises UnknownResource, NotAllowed."""
    if not table:
        return None
    found = resource_by(table)
    policy.require(actor, "catalog.view", found)
    return found


def _copied(pattern: Resource | None) -> tuple[ItemSpec, ...]:
    """The pattern's items, as those of a new entry: nothing of where its data came from, nothing sealed yet."""
    items = pattern.contract.items if pattern else ()
    return tuple(replace(item, source_names=(), is_provisional=False, is_sealed=False) for item in items)


def _patterns(places: list[int]) -> list[tuple[str, str]]:
    """Entries of the same departments, newest first, as (table, title)."""
    found = Resource.objects.filter(provider__in=places, group=None).exclude(state=ResourceState.WITHDRAWN).order_by("-pk")
    return list(found.values_list("table", "title")[:PATTERNS])


def _usual_category(actor: Actor) -> str:
    """The category in which the actor's department has most of its entries."""
    held = Resource.objects.filter(provider__uscc=actor.organisation).values("category").annotate(n=Count("pk")).order_by("-n")
    first = held.values_list("category", flat=True).first()
    return str(first) if first else CATEGORY
