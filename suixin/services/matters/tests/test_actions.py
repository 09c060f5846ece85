"""Matters from the form to the one delivery: what begins when, what a refusal does, visits."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from suixin.data.catalog.tests import offices
from suixin.ground.files.tests.factories import upload
from suixin.ground.flow.models import ClockSegment, Instance, Step
from suixin.ground.flow.sweeping import sweep as recolour
from suixin.ground.forms.actions import Saving, save_draft, submit
from suixin.ground.forms.errors import UnknownDraft
from suixin.ground.forms.models import Submission
from suixin.ground.forms.queries import form_of
from suixin.ground.jobs import paging
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import NAMES, NUMBERS, resident
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed, SuixinError
from suixin.services.cases import applying, handling, opening
from suixin.services.cases import queries as case_queries
from suixin.services.cases.applying import AuthorityTerms
from suixin.services.cases.errors import MissingMaterial, UnfitApplicant, WrongStateOfCase
from suixin.services.cases.models import Application, Case
from suixin.services.cases.opening import Applicant, Request
from suixin.services.items import actions as items
from suixin.services.items.models import Item
from suixin.services.matters import advancing, asking, ending, parties, queries, visiting
from suixin.services.matters import opening as matters
from suixin.services.matters.errors import NotOpenTheme, UnknownMatter, WrongStateOfMatter
from suixin.services.matters.models import Matter, MatterState, Part, Visit, VisitState
from suixin.services.matters.tests import factories
from suixin.services.matters.tests.factories import decide, moved, opened, part, states, version_of
from suixin.services.themes import actions as themes
from suixin.services.themes.models import Theme

pytestmark = pytest.mark.django_db
CHAIN: list[dict[str, object]] = [
    {"id": "a", "on_refusal": "whole"}, {"id": "b", "needs": ["a"]}, {"id": "c", "needs": ["a"]}, {"id": "d", "after": ["b"]},
]


def test_handed_in_once_whatever_is_clicked_twice_and_what_waits_begins_when_its_turn_comes(office: offices.Office, zhou: Actor) -> None:
    version = version_of(office, CHAIN)
    form, token = form_of(asking.slug_of(version, {})), uuid4()
    labels = [field.label for _, field in form.fields()]
    assert labels.count("申请表") == 1
    assert "电话" not in labels  # the bank's question means the mobile that every application tells
    told = {"mobile": "13900000001", "shop": "好店", "q1": "自有", "q2": 5, "delivery": "window", "statement": "agreed"}
    draft = save_draft(form, Saving(token, 0, told, uploads={"m1": [upload(name="表.png")]}, subject=("matters.theme", "shop")), actor=zhou)
    made = [submit(form, token, draft.revision, actor=zhou) for _ in range(2)]
    matter = Matter.objects.get()
    assert [one.href for one in made] == [f"/my/matters/{matter.number}/"] * 2
    assert (Application.objects.count(), Case.objects.count(), Submission.objects.count()) == (1, 1, 1)
    assert states() == {"a": "handled", "b": "waiting", "c": "waiting", "d": "waiting"}
    with pytest.raises(UnknownDraft):
        save_draft(form, Saving(token, 1, told), actor=zhou)
    decide(part("a"), "approve", actor=office.clerk)
    moved()
    assert states() == {"a": "approved", "b": "handled", "c": "handled", "d": "waiting"}
    file = Case.objects.get(part__name="a").materials.get(name="申请表").files
    assert [Case.objects.get(part__name=name).materials.get(name="申请表").files for name in "bc"] == [file, file]
    with pytest.raises(WrongStateOfCase, match="一次送达"):
        handling.deliver(Case.objects.get(part__name="a"), "周玲建", actor=office.clerk)
    for name in "bcd":
        decide(part(name), "approve")
        moved()
    matter.refresh_from_db()
    assert matter.state == MatterState.DELIVERING
    with pytest.raises(NotAllowed):
        ending.deliver(matter, "周玲建", actor=zhou)
    ending.deliver(matter, "周玲建", actor=office.clerk)
    assert set(Case.objects.values_list("state", flat=True)) == {"closed"}
    matter.refresh_from_db()
    assert matter.delivery is not None
    assert (matter.state, matter.delivery.status, queries.standings(matter)[0].is_late) == ("done", "done", False)


def test_refusal_of_the_base_returns_everything_and_of_a_leaf_only_what_needs_it(office: offices.Office, zhou: Actor) -> None:
    version = version_of(office, [*CHAIN, {"id": "e"}, {"id": "f", "needs": ["c"]}])
    whole = opened(version, zhou)
    decide(part("e"), "approve")
    decide(part("a"), "reject")
    moved()
    whole.refresh_from_db()
    assert (whole.state, states()["a"], states()["b"], states()["e"]) == ("refused", "refused", "stopped", "approved")
    assert Case.objects.get(part__name="e").state == "stopped"  # nothing is handed over
    assert "不予办理，整件事退回" in whole.reason
    Part.objects.all().delete()  # of the first matter
    partly = opened(version, zhou)
    for name, action in (("e", "approve"), ("a", "approve"), ("c", "reject"), ("b", "approve"), ("d", "approve")):
        decide(part(name), action)
        moved()
    partly.refresh_from_db()
    assert (partly.state, states()["f"]) == ("delivering", "not_handled")
    assert factories.delivered(partly).state == "partly"
    assert partly.parts.get(name="f").case is None


def test_parts_of_a_joint_visit_are_granted_after_it_and_it_is_held_once(office: offices.Office, zhou: Actor) -> None:
    version = version_of(office, [{"id": "a"}, {"id": "b"}, {"id": "c"}], [{"id": "site", "parts": ["a", "b"]}])
    matter = opened(version, zhou)
    decide(part("a"), "approve", actor=office.clerk, times=1)
    moved()
    visit = Visit.objects.get()
    assert visit.state == VisitState.WAITING
    with pytest.raises(WrongStateOfCase, match="联合勘验"):
        decide(part("a"), "approve", actor=office.clerk)
    decide(part("b"), "approve", times=1)
    moved()
    moved()
    visit.refresh_from_db()
    assert (visit.state, Instance.objects.filter(subject_kind=visiting.KIND).count()) == (VisitState.DUE, 1)
    visiting.arrange(visit, clock.today(), actor=office.clerk, note="上午九点")
    assert queries.standings(matter)[0].names["when"][0].endswith("上午九点")
    with pytest.raises(NotAllowed):
        visiting.arrange(visit, clock.today(), actor=zhou, note="")
    factories.hold(visit)
    for name in "ab":
        decide(part(name), "approve", actor=office.clerk)
    decide(part("c"), "reject")
    moved()
    assert states() == {"a": "approved", "b": "approved", "c": "refused"}


def test_visit_is_dropped_when_all_that_share_it_have_ended(office: offices.Office, zhou: Actor) -> None:
    version = version_of(office, [{"id": "a"}, {"id": "b"}, {"id": "c"}], [{"id": "site", "parts": ["a", "b"]}])
    opened(version, zhou)
    for name in "ab":
        decide(part(name), "reject", actor=office.clerk)
    moved()
    visit = Visit.objects.get()
    assert visit.state == VisitState.DROPPED
    with pytest.raises(WrongStateOfMatter, match="不能再约"):
        visiting.arrange(visit, clock.today(), actor=office.clerk, note="")


def test_withdrawn_whole_ends_what_is_not_decided_and_delivers_what_was_granted(office: offices.Office, zhou: Actor) -> None:
    matter = opened(version_of(office, [*CHAIN, {"id": "e"}]), zhou)
    decide(part("e"), "approve")
    moved()
    with pytest.raises(NotAllowed):
        ending.withdraw(matter, actor=person_actor(resident("feng")), reason="不办了")
    with pytest.raises(WrongStateOfMatter, match="理由"):
        ending.withdraw(matter, actor=zhou, reason=" ")
    ending.withdraw(matter, actor=zhou, reason="不办了")
    assert states() == {"a": "withdrawn", "b": "stopped", "c": "stopped", "d": "stopped", "e": "approved"}
    matter.refresh_from_db()
    assert (matter.state, Case.objects.get(part__name="a").state) == ("delivering", "withdrawn")
    with pytest.raises(WrongStateOfMatter, match="不能撤回"):
        ending.withdraw(matter, actor=zhou, reason="再撤")


def test_matter_runs_on_the_versions_with_which_it_began(office: offices.Office, zhou: Actor) -> None:
    version = version_of(office, CHAIN)
    opened(version, zhou)
    item = Item.objects.exclude(tier="basic").get(code__endswith=factories.CODES[1])
    items.publish_item(items.revise_item(item, {**item.content, "accept_condition": "新的"}, actor=SYSTEM), actor=SYSTEM, reason="测试")
    items.pause_item(Item.objects.get(pk=item.pk), actor=SYSTEM, reason="停办")
    decide(part("a"), "approve")
    moved()
    assert part("b").case is not None
    assert Case.objects.get(part__name="b").version.number == 1
    with pytest.raises(SuixinError, match="暂停"):
        opened(version, zhou)
    themes.pause_theme(version.theme, actor=SYSTEM, reason="系统升级")
    with pytest.raises(NotOpenTheme, match="系统升级"):
        matters.require_open(factories.asked(version))
    Theme.objects.update(state="in_use", version=2)
    with pytest.raises(NotOpenTheme, match="第 2 版"):
        matters.require_open(factories.asked(version))


def test_what_a_later_part_lacks_is_told_when_it_is_handed_in_and_an_agent_needs_every_item(office: offices.Office, zhou: Actor) -> None:
    version = version_of(office, CHAIN)
    found = factories.asked(version)
    lacking = {name: value for name, value in factories.values(found).items() if name != "m1"}
    request = Request(token=uuid4(), applicant=Applicant(NAMES["zhou"], NUMBERS["zhou"], "13900000001"))
    with pytest.raises(MissingMaterial, match="申请表"):
        matters.open_matter(opening.record_application(request, actor=zhou), found, lacking, actor=zhou)
    given_to = AuthorityTerms(NAMES["feng"], NUMBERS["feng"], clock.today(), [found.whole.offers["a"].code])
    authority = applying.give_authority(given_to, actor=zhou)
    with pytest.raises(UnfitApplicant, match="不包括"):
        opened(version, person_actor(resident("feng")), authority=authority)


def test_only_party_lead_and_departments_read_a_matter(office: offices.Office, zhou: Actor) -> None:
    matter = opened(version_of(office, CHAIN), zhou)
    for actor in (zhou, office.clerk, office.officer):
        assert parties.matter_of(matter.number, actor=actor) == matter
    stranger = offices.employ("clerk", office.city.district_department, "stranger")
    for actor in (person_actor(resident("feng")), stranger):
        with pytest.raises(UnknownMatter):
            parties.matter_of(matter.number, actor=actor)
    assert list(queries.worklist(office.clerk)) == [matter]
    assert not queries.worklist(stranger).exists()


def test_matter_that_cannot_be_brought_forward_holds_up_no_other(
    office: offices.Office, zhou: Actor, monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = version_of(office, [{"id": "a"}, {"id": "b", "needs": ["a"]}])
    faulty, sound = opened(version, zhou), opened(version, zhou)
    for one in (faulty, sound):
        decide(one.parts.get(name="a"), "approve")
    outcome = advancing.outcome_of

    def broken(matter: Matter, *rest: Any) -> Any:
        if matter.pk == faulty.pk:
            raise ValueError("a faulty row")
        return outcome(matter, *rest)

    monkeypatch.setattr(advancing, "outcome_of", broken)
    monkeypatch.setattr(paging, "SIZE", 1)
    moved()
    assert [one.parts.get(name="b").state for one in (faulty, sound)] == ["waiting", "handled"]
    monkeypatch.undo()
    moved()
    assert faulty.parts.get(name="b").state == "handled"  # it stayed touched


def test_joint_visit_waits_for_no_part_that_is_not_handled_any_more(office: offices.Office, zhou: Actor) -> None:
    parts: list[dict[str, object]] = [{"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "c"}, {"id": "d"}]
    opened(version_of(office, parts, [{"id": "site", "parts": ["b", "c", "d"]}]), zhou)
    for name in "cd":
        decide(part(name), "approve", times=1)
    decide(part("a"), "reject")
    moved()
    assert (states()["b"], Visit.objects.get().state) == ("not_handled", VisitState.DUE)


def test_clock_of_a_granted_part_stands_until_all_is_delivered(office: offices.Office, zhou: Actor) -> None:
    opened(version_of(office, [{"id": "a"}, {"id": "b"}]), zhou)
    decide(part("a"), "approve")
    moved()
    case = Case.objects.select_related("reception", "handling").get(part__name="a")
    held = handling.waiting_step(case)
    assert held is not None
    assert held.due_at is not None
    assert (held.status, held.colour, case_queries.next_of(case).by) == ("stopped", "green", None)
    matter = Matter.objects.get()
    with clock.frozen(held.due_at + timedelta(days=30)):
        recolour()
        step = Step.objects.get(pk=held.pk)
        assert (step.status, step.colour, step.escalated) == ("stopped", "green", 0)  # waits, and is not late
        assert queries.light_of(matter) == "red"  # the whole is
        decide(part("b"), "approve")
        moved()
        matter = factories.delivered(Matter.objects.get())
    assert (matter.state, Step.objects.get(pk=held.pk).status) == ("done", "done")
    assert not Step.objects.get(pk=held.pk).is_late
    assert not ClockSegment.objects.filter(step=held, stopped_at=None).exists()


def test_granted_part_is_delivered_alone_only_when_the_matter_is_beyond_its_day(office: offices.Office, zhou: Actor) -> None:
    opened(version_of(office, [{"id": "a"}, {"id": "b"}]), zhou)
    decide(part("a"), "approve")
    moved()
    case = Case.objects.select_related("reception", "handling").get(part__name="a")
    assert "一次送达" in advancing.objection(case, "deliver")
    with pytest.raises(WrongStateOfCase, match="一次送达"):
        handling.deliver(case, "周玲建", actor=office.clerk)
    with clock.frozen(datetime.combine(Matter.objects.get().due_on + timedelta(days=1), time(9), clock.CHINA)):
        assert handling.deliver(case, "周玲建", actor=office.clerk).state == "closed"
        decide(part("b"), "approve")
        moved()
    matter = Matter.objects.get()
    assert (matter.state, factories.delivered(matter).state) == ("delivering", "done")
