"""What the pages of organisations show: the tree within the reader's reach, one organisation with its people."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import number
from suixin.site.shell.words import word

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class OrganisationTree:
    """One page of the tree in its order."""

    words: str
    table: Table
    pages: Pages
    may_create: bool


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """One organisation; `may_edit` when the reader may change it, `parents` what it could then stand under."""

    organisation: Organisation
    facts: Sequence[tuple[str, str]]
    state: Cell
    may_edit: bool
    parents: Sequence[int]


def tree(parameters: QueryDict, *, actor: Actor) -> OrganisationTree:
    """Organisations within reach under `q` (name, code), parents before children; one query."""
    words = parameters.get("q", "").strip()[:60]
    found = Organisation.objects.filter(within(actor, "people.view")).select_related("parent")
    for part in words.split():
        found = found.filter(Q(name__icontains=part) | Q(short_name__icontains=part) | Q(uscc__icontains=part))
    today = clock.today()
    held = Q(posts__valid_to=None) | Q(posts__valid_to__gt=today)
    found = found.annotate(people=Count("posts__account", filter=held, distinct=True)).order_by("lineage")
    shown, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("机构")), Column(gettext("统一社会信用代码"), is_code=True), Column(gettext("层级")), Column(gettext("类型")),
        Column(gettext("人员"), is_numeric=True), Column(gettext("状态")),
    )
    table = Table(gettext("机构"), columns, [_row(one) for one in shown], gettext("没有符合条件的机构。"))
    return OrganisationTree(words, table, pages, policy.may_anywhere(actor, "people.edit_organisation"))


def organisation_page(slug: str, *, actor: Actor) -> OrganisationPage:
    """One organisation. Raises NotFound, NotAllowed."""
    found = Organisation.objects.select_related("parent").filter(slug=slug).first()
    if found is None:
        raise NotFound("没有这个机构；请从机构列表进入。")
    policy.require(actor, "people.view", found)
    facts = [
        (gettext("名称"), found.name), (gettext("统一社会信用代码"), found.uscc),
        (gettext("上级"), str(found.parent or "")), (gettext("层级"), word(found.get_level_display())),
        (gettext("行政区划代码"), found.division_code), (gettext("页面名称"), found.public_name),
        (gettext("设立日期"), str(found.valid_from or "")), (gettext("撤销日期"), str(found.valid_to or "")),
    ]
    may_edit = policy.may(actor, "people.edit_organisation", found)
    return OrganisationPage(found, facts, _state(found), may_edit, parents_for(found, actor=actor) if may_edit else ())


def parents_for(organisation: Organisation | None, *, actor: Actor) -> list[int]:
    """Numbers of what the organisation (None: a new one) could stand under, and of what it stands under now; none for the root."""
    found = Organisation.objects.in_force(clock.today()).filter(within(actor, "people.edit_organisation"))
    if organisation is None:
        return list(found.values_list("pk", flat=True))
    if organisation.parent_id is None:
        return []
    return [*found.exclude(lineage__startswith=organisation.lineage).values_list("pk", flat=True), organisation.parent_id]


def _row(organisation: Organisation) -> tuple[Cell, ...]:
    name = f"{'─' * (len(organisation.path) - 1)} {organisation.name}".strip()
    people = getattr(organisation, "people", 0)
    notes = [gettext("数据主管部门")] if organisation.is_bureau else []
    notes += [organisation.public_name] if organisation.public_name else []
    return (
        Cell(name, reverse("console-organisation", args=[organisation.slug]), note=" · ".join(notes)),
        Cell(organisation.uscc), Cell(word(organisation.get_level_display())), Cell(word(organisation.get_kind_display())),
        Cell(number(people)), _state(organisation),
    )


def _state(organisation: Organisation) -> Cell:
    today, end = clock.today(), organisation.valid_to
    if not organisation.is_in_force(today):
        return Cell(gettext("已撤销") if end and end <= today else gettext("未设立"), tone="quiet", note=str(end or ""))
    tone: Tone = "warn" if end else "good"
    return Cell(gettext("现有"), tone=tone, note=gettext("到 %(end)s") % {"end": end} if end else "")
