"""Every kind of use tells the catalogue what it uses, and an installation from before is told at start."""

import pytest

from suixin.data.access import actions as access
from suixin.data.access.models import SubjectKind
from suixin.data.catalog.models import Dependence
from suixin.data.catalog.tests import factories
from suixin.data.collection.actions import declare_feed
from suixin.data.insight.actions import IndicatorDeclaration, declare_indicator
from suixin.kit.actor import SYSTEM
from suixin.site import uses

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str, str]]:
    return list(Dependence.objects.order_by("by_kind", "field", "use").values_list("by_kind", "field", "use"))


EXPECTED = [
    ("access.grant", "amount", "filter"), ("access.grant", "code", "shown"), ("access.grant", "name", "shown"),
    ("collection.feed", "", "fed"), ("insight.indicator", "amount", "computed"), ("insight.indicator", "day", "computed"),
]


def test_grants_feeds_and_indicators_declare_what_they_use_and_forget_it() -> None:
    resource = factories.published()
    grant = access.give_grant(
        resource, actor=SYSTEM, subject_kind=SubjectKind.ORGANISATION, subject_key=factories.BUREAU_USCC, columns=["代码", "name"],
        row_filter="数量 > 3",
    )
    declare_feed(resource, ["*.csv"], actor=SYSTEM)
    declare_indicator(
        IndicatorDeclaration("total", "总量", "SELECT day, sum(amount) AS value FROM some_table GROUP BY day ORDER BY day"), actor=SYSTEM
    )
    assert told() == EXPECTED
    Dependence.objects.all().delete()
    assert uses.declare_missing() == 3
    assert (told(), uses.declare_missing()) == (EXPECTED, 0)
    access.revoke_grant(grant, actor=SYSTEM, reason="到期")
    assert [kind for kind, *_ in told()] == ["collection.feed", "insight.indicator", "insight.indicator"]
    assert Dependence.objects.filter(by_kind="insight.indicator", is_public=True).count() == 2


def test_star_uses_every_item() -> None:
    factories.published()
    declare_indicator(IndicatorDeclaration("all", "全部", "SELECT * FROM some_table"), actor=SYSTEM)
    assert Dependence.objects.count() == len(factories.ITEMS)
