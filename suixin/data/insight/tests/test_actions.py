"""Values: computed once per versions, exact, the same again, gone from the public with the grant."""

from decimal import Decimal
from typing import NamedTuple

import pytest

from suixin.data.access import actions as access
from suixin.data.access.errors import NoGrant
from suixin.data.access.models import Grant
from suixin.data.access.tests.factories import filled, grant, land, record
from suixin.data.insight import actions, computing, queries
from suixin.data.insight.actions import IndicatorDeclaration
from suixin.data.insight.errors import InvalidIndicator
from suixin.data.insight.models import Indicator, Value
from suixin.ground.audit.models import Record
from suixin.kit.actor import PUBLIC, SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)

SQL = "SELECT number, CAST(SUM(amount) AS DECIMAL(30, 2)) AS value FROM people_list GROUP BY number"


class Measured(NamedTuple):
    """An indicator over an open table."""

    indicator: Indicator
    given: Grant


@pytest.fixture
def measured() -> Measured:
    """Sums over fifty rows."""
    resource = filled(50)
    given = grant(resource, masks={"name": ""})
    return Measured(actions.declare_indicator(IndicatorDeclaration("sums", "合计", SQL), actor=SYSTEM), given)


def test_same_versions_give_the_stored_value(measured: Measured) -> None:
    first = actions.compute(measured.indicator, actor=SYSTEM)
    assert actions.compute(measured.indicator, actor=SYSTEM) == first
    assert Record.objects.filter(action="insight.computed").count() == 1


def test_other_version_gives_a_new_value(measured: Measured) -> None:
    first = actions.compute(measured.indicator, actor=SYSTEM)
    land(measured.given.resource, [record(n) for n in range(50, 60)], sm3="two")
    second = actions.compute(measured.indicator, actor=SYSTEM)
    assert (second.pk != first.pk, second.versions["people_list"]) == (True, first.versions["people_list"] + 1)


def test_recomputed_value_has_the_digest_of_the_stored_one(measured: Measured) -> None:
    stored = Value.objects.get(pk=actions.compute(measured.indicator, actor=SYSTEM).pk)
    again = computing.recompute(stored.sql, stored.versions)
    held = computing.Computation(stored.columns, stored.rows, stored.versions)
    assert again.digest == stored.digest == held.digest


def test_decimals_stay_exact_at_rest(measured: Measured) -> None:
    sql = "SELECT MAX(CAST('12345678901234567890.10' AS DECIMAL(30, 2))) AS value FROM people_list"
    measured.indicator.sql = sql
    value = Value.objects.get(pk=actions.compute(measured.indicator, actor=SYSTEM).pk)
    assert str(value.rows[0][0]) == "12345678901234567890.10"
    assert isinstance(value.rows[0][0], Decimal)


def test_comment_at_the_end_and_a_bracket_in_a_text_do_no_harm(measured: Measured) -> None:
    result = computing.recompute("SELECT COUNT(*) AS n, ')' AS sign FROM people_list -- all", {"people_list": 1})
    assert result.rows == [[50, ")"]]


def test_result_of_too_many_rows_is_refused(measured: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "MAX_RESULT_ROWS", 3)
    with pytest.raises(InvalidIndicator, match="超过 3 行"):
        actions.compute(measured.indicator, actor=SYSTEM)
    assert not Value.objects.exists()


def test_stored_value_is_refused_once_the_table_is_closed(measured: Measured) -> None:
    actions.compute(measured.indicator, actor=SYSTEM)
    assert queries.refusal(measured.indicator) == ""
    access.revoke_grant(measured.given, actor=SYSTEM, reason="整改")
    with pytest.raises(NoGrant):
        actions.compute(measured.indicator, actor=SYSTEM)
    assert "没有读取" in queries.refusal(measured.indicator)


def test_public_neither_declares_nor_computes(measured: Measured) -> None:
    with pytest.raises(NotAllowed):
        actions.declare_indicator(IndicatorDeclaration("x", "x", SQL), actor=PUBLIC)
    with pytest.raises(NotAllowed):
        actions.compute(measured.indicator, actor=PUBLIC)


def test_declaring_the_same_again_changes_nothing(measured: Measured) -> None:
    actions.declare_indicator(IndicatorDeclaration("sums", "合计", SQL), actor=SYSTEM)
    actions.declare_indicator(IndicatorDeclaration("sums", "总计", SQL), actor=SYSTEM)
    assert Record.objects.filter(action="insight.declared").count() == 2


def test_trace_names_the_batches_of_the_version_and_how_many_more(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = actions.compute(measured.indicator, actor=SYSTEM)
    land(measured.given.resource, [record(60)], sm3="two")
    [source] = queries.trace(value)
    assert ([batch.sm3 for batch in source.batches], source.total) == (["one"], 1)
    monkeypatch.setattr(queries, "SHOWN_BATCHES", 1)
    [later] = queries.trace(actions.compute(measured.indicator, actor=SYSTEM))
    assert ([batch.sm3 for batch in later.batches], later.total) == (["two"], 2)
