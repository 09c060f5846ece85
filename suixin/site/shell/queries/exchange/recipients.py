"""Recipients of Delta Sharing as pages: tokens of applications within the actor's reach, never their text."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.doors.models import ShareToken
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table
from suixin.site.shell.queries.exchange.common import PAGE_SIZE, application_cell
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment


@dataclass(frozen=True, slots=True)
class RecipientList:
    """One page of tokens."""

    table: Table
    pages: Pages
    may_issue: bool


@dataclass(frozen=True, slots=True)
class RecipientPage:
    """One token; the flags say what the reader may do about it now."""

    token: ShareToken
    name: str
    state: Cell
    facts: Sequence[tuple[str, str]]
    may_rotate: bool
    may_revoke: bool


def recipient_list(parameters: QueryDict, *, actor: Actor) -> RecipientList:
    """Tokens of applications within the actor's reach, newest first. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    found = ShareToken.objects.filter(within(actor, "sharing.view", "application__organisation"))
    rows, pages = page_of(found.select_related("application__organisation").order_by("-pk"), parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("令牌"), is_code=True), Column(gettext("应用")), Column(gettext("创建")), Column(gettext("到期")),
        Column(gettext("最近使用")), Column(gettext("状态")),
    )
    lines = [
        (Cell(f"sxs_…{row.hint}", reverse("console-exchange-recipient", args=[row.pk])), application_cell(row.application, actor),
         Cell(moment(row.created_at), note=row.created_by), Cell(moment(row.expires_at)), Cell(moment(row.last_used_at)), _state(row))
        for row in rows
    ]
    table = Table(gettext("共享令牌"), columns, lines, gettext("还没有共享令牌。"), is_cards=True)
    return RecipientList(table, pages, policy.may_anywhere(actor, "people.edit_application"))


def token_by(pk: int, *, actor: Actor) -> ShareToken:
    """The token of that number, if the actor may see it. Raises NotFound, NotAllowed."""
    found = ShareToken.objects.select_related("application__organisation").filter(pk=pk).first()
    if found is None:
        raise NotFound(gettext("没有这个共享令牌；请从列表进入。"))
    policy.require(actor, "sharing.view", found.application)
    return found


def recipient_page(pk: int, *, actor: Actor) -> RecipientPage:
    """One token in full, without its text. Raises NotFound, NotAllowed."""
    held = token_by(pk, actor=actor)
    facts = [
        (gettext("令牌"), f"sxs_…{held.hint}"), (gettext("应用"), application_cell(held.application, actor).text),
        (gettext("部门"), held.application.organisation.name), (gettext("创建"), moment(held.created_at)),
        (gettext("创建人"), held.created_by), (gettext("到期"), moment(held.expires_at)),
        (gettext("最近使用"), moment(held.last_used_at) if held.last_used_at else ""),
        (gettext("吊销时间"), moment(held.revoked_at) if held.revoked_at else ""), (gettext("理由"), held.reason),
    ]
    works = held.revoked_at is None and held.expires_at > clock.now()
    return RecipientPage(
        held, application_cell(held.application, actor).text, _state(held), facts,
        works and policy.may(actor, "people.edit_application", held.application),
        works and policy.may(actor, "people.revoke_application_key", held.application),
    )


def _state(held: ShareToken) -> Cell:
    if held.revoked_at is not None:
        return Cell(gettext("已吊销"), tone="quiet")
    return Cell(gettext("有效"), tone="good") if held.expires_at > clock.now() else Cell(gettext("已到期"), tone="quiet")
