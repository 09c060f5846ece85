"""Shares that are in hand: counted and listed by the same query, wherever a page does."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.sharing import queries
from suixin.data.sharing.models import Share, ShareState
from suixin.kit.actor import Actor
from suixin.site.shell.components import Stat
from suixin.site.shell.templatetags.suixin import number


def shares_in_hand(actor: Actor) -> QuerySet[Share]:
    """The shares within reach that are not archived yet: what is counted and what is listed."""
    return queries.visible_shares(actor).exclude(state=ShareState.ARCHIVED)


def shares_stat(shares: QuerySet[Share]) -> Stat:
    """How many shares are in hand; those whose use is over and whose data wait to be disposed of are told beside."""
    waiting = shares.filter(state=ShareState.DISPOSING).count()
    note = gettext("其中待处置 %(n)s 项") % {"n": number(waiting)} if waiting else ""
    return Stat(gettext("共享中"), number(shares.count()), note=note, href=f"{reverse('console-sharing')}#shares")
