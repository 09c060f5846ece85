"""What waits for whom, in which order, who sees what, who is on time: pages by key, with a constant number of queries."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suixin.ground.flow import advancing, assigning, queries
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.queries import CaseFilters, InboxFilters
from suixin.ground.flow.queries.punctuality import late_by_organisation
from suixin.ground.flow.tests import factories as made
from suixin.ground.people.models import Account, Organisation
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import BadRequest, NotAllowed

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=clock.CHINA)


@pytest.fixture
def cast():
    with clock.frozen(NOON):
        yield made.world(made.straight(), made.parallel())


def numbered(cast, count, *, slug="straight"):
    """Instances whose first steps are due a day after one another, the last without a limit."""
    found = [made.started(slug, cast["alpha"], title=f"事{n}") for n in range(count)]
    for n, one in enumerate(found):
        Step.objects.filter(instance=one).update(due_at=None if n == count - 1 else NOON + timedelta(days=n))
    return found


def titles(page):
    return [step.subject_title for step in page.steps.rows]


def test_inbox_is_sorted_by_due_and_what_has_no_limit_comes_last(cast):
    numbered(cast, 4)
    assert titles(queries.inbox(cast["alpha"], InboxFilters())) == ["事0", "事1", "事2", "事3"]
    assert titles(queries.inbox(cast["alpha"], InboxFilters(order="-due_at"))) == ["事2", "事1", "事0", "事3"]


@pytest.mark.parametrize("order", ["due_at", "-due_at", "opened_at", "-opened_at"])
def test_pages_by_key_hold_every_step_once(cast, order):
    numbered(cast, 7)
    Step.objects.filter(subject_title__in=["事1", "事2", "事3"]).update(due_at=NOON)
    seen: list[str] = []
    after = ""
    for _ in range(4):
        page = queries.inbox(cast["alpha"], InboxFilters(order=order, after=after, size=2))
        seen, after = [*seen, *titles(page)], page.steps.following
    assert after == ""
    assert sorted(seen) == [f"事{n}" for n in range(7)]


@pytest.mark.parametrize("mark", ["x", "~", "2026-03-02T12:00:00~1", "~-1", "~9999999999999999999999", "0001-01-01T00:00:00+14:00~1"])
def test_mark_that_is_none_is_told_so(cast, mark):
    with pytest.raises(BadRequest):
        queries.inbox(cast["alpha"], InboxFilters(after=mark))


def test_inbox_costs_the_same_queries_for_few_and_for_many(cast):
    numbered(cast, 2)
    with CaptureQueriesContext(connection) as few:
        queries.inbox(cast["alpha"], InboxFilters())
    numbered(cast, 20)
    with CaptureQueriesContext(connection) as many:
        queries.inbox(cast["alpha"], InboxFilters())
    assert len(few) == len(many) <= 9


def test_tally_counts_by_colour_under_the_other_filters(cast):
    numbered(cast, 3)
    Step.objects.filter(subject_title="事0").update(colour="red")
    page = queries.inbox(cast["alpha"], InboxFilters(colour="red"))
    assert (titles(page), page.tally["red"], page.tally["green"], page.total) == (["事0"], 1, 2, 3)
    assert queries.inbox(cast["alpha"], InboxFilters(words="事1")).total == 1
    assert queries.inbox(cast["alpha"], InboxFilters(procedure="parallel")).total == 0
    assert queries.inbox(cast["alpha"], InboxFilters(post="alpha:clerk")).total == 3


def test_step_that_a_colleague_claimed_waits_for_the_colleague_only(cast):
    [instance] = numbered(cast, 1)
    other = made.staff("alpha-other", Organisation.objects.get(slug="alpha"))
    assigning.claim(made.step_of(instance, "accept"), actor=other)
    assert titles(queries.inbox(cast["alpha"], InboxFilters())) == []
    assert titles(queries.inbox(other, InboxFilters(holder="mine"))) == ["事0"]
    assert titles(queries.inbox(other, InboxFilters(holder="free"))) == []


def test_delegated_steps_wait_for_the_receiver_while_the_delegation_holds(cast):
    [instance] = numbered(cast, 1)
    place = Organisation.objects.get(slug="alpha")
    receiver = made.staff("alpha-reader", place, "head_of_sharing")
    giver, today = Account.objects.get(username="alpha-clerk"), clock.today()
    assigning.claim(made.step_of(instance, "accept"), actor=cast["alpha"])
    to = Account.objects.get(username="alpha-reader")
    given = assigning.delegate(giver, to, place, since=today, until=today, actor=cast["alpha"], reason="出差")
    assert titles(queries.inbox(receiver, InboxFilters(holder="delegated"))) == ["事0"]
    assigning.end_delegation(given, actor=cast["alpha"])
    assert titles(queries.inbox(receiver, InboxFilters())) == []


def test_instance_is_seen_by_those_it_concerns_and_refused_to_others_without_its_name(cast):
    instance = made.started("parallel", cast["alpha"], data={"area": 1}, title="甲店开业")
    assert queries.instance_for(cast["alpha"], instance.uuid) == instance
    with pytest.raises(NotAllowed) as refused:
        queries.instance_for(cast["beta"], instance.uuid)
    assert "甲店" not in str(refused.value)
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    assert queries.instance_for(cast["beta"], instance.uuid) == instance


def test_instance_is_not_seen_by_a_resident_named_like_a_member_of_staff(cast):
    instance = made.started("straight", cast["alpha"])
    assigning.claim(made.step_of(instance, "accept"), actor=cast["alpha"])
    assert not queries.may_see(Actor(ActorKind.RESIDENT, cast["alpha"].key, "同名"), instance)


def test_list_of_instances_is_of_the_reader_s_organisation(cast):
    numbered(cast, 2)
    assert queries.instances(cast["alpha"], CaseFilters()).total == 2
    assert queries.instances(cast["beta"], CaseFilters()).total == 0
    assert queries.instances(cast["beta"], CaseFilters(organisation="alpha")).total == 0
    assert queries.instances(cast["alpha"], CaseFilters(status="done")).total == 0
    Instance.objects.update(due_at=NOON - timedelta(1), colour="red")
    assert queries.instances(cast["alpha"], CaseFilters(due="past", colour="red")).total == 2
    assert [one.title for one in queries.started_by(cast["alpha"]).rows] == ["事1", "事0"]


def test_late_steps_of_organisations_are_counted_and_listed(cast):
    numbered(cast, 2)
    place = Organisation.objects.get(slug="alpha")
    with clock.frozen(NOON + timedelta(hours=1)):
        assert [step.subject_title for step in queries.late_of([place.pk]).rows] == ["事0"]
        assert late_by_organisation([place.pk]) == [(place, 1)]


def test_league_counts_what_was_done_in_time_and_what_hangs(cast):
    first, second, third, _ = numbered(cast, 4)
    place, later = Organisation.objects.get(slug="alpha"), NOON + timedelta(days=1, hours=1)
    advancing.advance(first.pk, "accept", "reject", actor=cast["alpha"], reason="不全")
    with clock.frozen(later):
        advancing.advance(second.pk, "accept", "reject", actor=cast["alpha"], reason="不全")
        Step.objects.filter(instance=third).update(due_at=NOON)
        [standing] = queries.league([place.pk], NOON - timedelta(9), NOON + timedelta(9))
        assert (standing.done, standing.late, standing.overdue, standing.rate) == (2, 1, 1, 1 / 3)
        assert standing.median_days == 0
        assert queries.league([place.pk], NOON - timedelta(9), NOON + timedelta(9), minimum=4) == []
        assert queries.league([place.pk], NOON + timedelta(8), NOON + timedelta(9)) != []


def test_what_is_over_is_due_no_more(cast):
    numbered(cast, 1)
    Instance.objects.update(status="done", due_at=NOON - timedelta(1), finished_at=NOON)
    assert queries.instances(cast["alpha"], CaseFilters(status="done")).total == 1
    assert queries.instances(cast["alpha"], CaseFilters(status="", due="past")).total == 0
    assert queries.instances(cast["alpha"], CaseFilters(status="done", due="past")).total == 0
