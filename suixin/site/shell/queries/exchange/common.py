"""What pages of exchange share: the kinds beside one another, whose grants may be used, how a thing and its owner are shown."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access.models import Door, Grant, GrantState, SubjectKind
from suixin.data.doors.models import ExchangeState
from suixin.ground.people.models import Application, Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Crumb, Table, Tone
from suixin.site.shell.exchange_forms import applications_of
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.templatetags.suixin import moment

PAGE_SIZE, MOST_GRANTS = 30, 500
TONES: dict[str, Tone] = {ExchangeState.ENABLED: "good", ExchangeState.PAUSED: "quiet", ExchangeState.HELD: "bad"}


def kinds(here: str) -> list[tuple[str, str, bool]]:
    """Title, address and whether it is here, of each kind of exchange; `here` is the name of an address."""
    named = (
        ("console-exchange", gettext("概览")), ("console-exchange-tables", gettext("库表交换")),
        ("console-exchange-files", gettext("文件交换")), ("console-exchange-subscriptions", gettext("订阅推送")),
        ("console-exchange-proxies", gettext("接口代理")),
        ("console-exchange-recipients", "Delta Sharing"), ("console-exchange-receipts", gettext("回执")),
    )
    return [(title, reverse(name), name == here) for name, title in named]


def crumbs(*steps: tuple[str, str]) -> list[Crumb]:
    """The way from the console's home over exchange."""
    return console_crumbs((gettext("交换"), reverse("console-exchange")), *steps)


def grant_choices(door: Door, address: str, *, actor: Actor) -> Table:
    """Grants that open the door to an application for which the actor sets exchanges up; each leads to the form with that grant."""
    rows = [
        (Cell(one.resource.title, f"{reverse(address)}?grant={one.uuid}", note=one.resource.provider.name), Cell(_subject_of(one)),
         Cell(gettext("%(n)s 列") % {"n": len(one.columns) or len(one.resource.contract.items)}, note=one.row_filter[:60]),
         Cell(moment(one.valid_until) if one.valid_until else gettext("长期")))
        for one in _grants(actor) if door.value in one.doors
    ]
    columns = (Column(gettext("信息资源")), Column(gettext("给谁")), Column(gettext("范围")), Column(gettext("使用时限")))
    none = gettext("还没有可用的授权。请先申请共享，共享方式里勾选“%(door)s”，提供部门同意后再来。") % {"door": gettext(str(door.label))}
    return Table(gettext("可用的授权"), columns, rows, none, is_cards=True)


def grant_by(uuid: str, door: Door, *, actor: Actor) -> Grant:
    """That grant, if it opens the door to an application of the actor's. Raises NotFound."""
    found = next((one for one in _grants(actor) if str(one.uuid) == uuid and door.value in one.doors), None)
    if found is None or not applications_of(found, actor).exists():
        raise NotFound(gettext("没有这项授权，或本单位还没有可用的应用；请从列表选择，或先新建应用。"))
    return found


def application_cell(application: Application, actor: Actor) -> Cell:
    """The application for who may see it, else its organisation alone."""
    if not policy.may(actor, "people.view_application", application):
        return Cell(application.organisation.name)
    return Cell(application.name, reverse("console-application", args=[application.app_id]), note=application.organisation.name)


def state_cell(state: str) -> Cell:
    """Whether an exchange or a subscription runs, as a badge."""
    return Cell(gettext(ExchangeState(state).label), tone=TONES[state])


def _grants(actor: Actor) -> Sequence[Grant]:
    apps = Application.objects.filter(within(actor, "sharing.exchange", "organisation"), is_active=True)
    places = Organisation.objects.filter(within(actor, "sharing.exchange"))
    ours = Q(subject_kind=SubjectKind.APPLICATION, subject_key__in=apps.values("app_id")) | Q(
        subject_kind=SubjectKind.ORGANISATION, subject_key__in=places.values("uscc"))
    found = Grant.objects.filter(ours, state=GrantState.ACTIVE).select_related("resource__provider").order_by("-pk")[:MOST_GRANTS]
    now = clock.now()
    return [one for one in found if one.is_in_time(now)]


def _subject_of(grant: Grant) -> str:
    if grant.subject_kind == SubjectKind.APPLICATION:
        return str(Application.objects.filter(app_id=grant.subject_key).values_list("name", flat=True).first() or grant.subject_key)
    return str(Organisation.objects.filter(uscc=grant.subject_key).values_list("name", flat=True).first() or grant.subject_key)
