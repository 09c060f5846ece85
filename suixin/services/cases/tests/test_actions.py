"""Cases from receipt to archive, whole effects: rows, papers, clocks, records; and what is refused."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from suixin.data.catalog.tests import offices
from suixin.ground.audit.models import Record
from suixin.ground.flow import advancing, sweeping
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import NAMES, NUMBERS, resident
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.checksums import resident_id_check_char
from suixin.kit.errors import NotAllowed, SuixinError
from suixin.services.cases import applying, fees, handling, opening, parties, providers, supervising
from suixin.services.cases.applying import AuthorityTerms
from suixin.services.cases.attached import Document, MaterialState
from suixin.services.cases.errors import (
    MissingMaterial,
    NotOpen,
    PaymentFailed,
    UnfitApplicant,
    UnknownCase,
    WrongStateOfCase,
)
from suixin.services.cases.models import Case, Counter, State
from suixin.services.cases.opening import Applicant, Handed, Request
from suixin.services.cases.tests import factories
from suixin.services.cases.tests.factories import Town, accepted, decide, fresh, opened, town
from suixin.services.items import actions as items
from suixin.services.items.errors import IncompleteItem
from suixin.services.items.models import Item
from suixin.services.items.tests import factories as item_factories

pytestmark = pytest.mark.django_db
MINOR = "51090321990101001" + resident_id_check_char("51090321990101001")  # born in 2199


@pytest.fixture
def place() -> Town:
    return town()


def papers(case: Case) -> list[str]:
    return list(Document.objects.filter(case=case).order_by("pk").values_list("kind", flat=True))


def test_case_goes_from_receipt_to_archive_with_every_paper_and_both_limits(place: Town) -> None:
    case = opened(place)
    assert (case.state, case.number[-5:], len(case.number)) == (State.RECEIVED, "00001", 32)
    assert case.accepted_at is None
    case = decide(case, place.clerk)
    run = case.handling
    assert run is not None
    assert run.due_at is not None
    assert run.statutory_due_at is not None
    assert (case.state, run.due_at < run.statutory_due_at, run.organisation) == (State.ACCEPTED, True, place.city.department)
    assert decide(decide(case, place.clerk), place.head).state == State.GRANTED
    with pytest.raises(WrongStateOfCase, match="登记领取人"):
        decide(case, place.clerk)
    case = handling.archive(handling.deliver(fresh(case), "周玲建", actor=place.clerk, note="EMS 1"), actor=place.clerk)
    assert (case.state, case.decision, papers(case)) == (State.ARCHIVED, "granted", ["receipt", "acceptance", "grant", "delivery"])
    told = list(Record.objects.filter(action__startswith="cases.").order_by("pk").values_list("action", flat=True))
    assert [one for one in told if one != "cases.document_issued"] == [
        "cases.applied", "cases.opened", "cases.accepted", "cases.delivered", "cases.archived",
    ]


def test_whatever_is_clicked_twice_gives_one_receipt(place: Town) -> None:
    token = uuid4()
    first = opening.open_case(factories.application(place, token), place.version, actor=place.applicant, handed=factories.BOTH)
    again = opening.open_case(factories.application(place, token), place.version, actor=place.applicant, handed=factories.BOTH)
    assert (first, Case.objects.count(), Counter.objects.get(prefix=first.number[:-5]).last) == (again, 1, 1)
    with pytest.raises(UnfitApplicant, match="不是您提交的"):
        factories.application(place, token, actor=person_actor(resident("feng")))


def test_supplement_is_told_once_stops_the_clock_and_goes_on_when_answered(place: Town) -> None:
    case = decide(opened(place), place.clerk, "supplement", data={"missing": ["章程", "场地证明"]})
    paper = case.documents.get(kind="supplement")
    assert (case.state, paper.facts["missing"]) == (State.SUPPLEMENT, ["章程", "场地证明"])
    with pytest.raises(NotAllowed):
        applying.answer_supplement(case, {}, actor=person_actor(resident("feng")))
    assert applying.answer_supplement(case, {}, actor=place.applicant, text="已补").state == State.RECEIVED
    with pytest.raises(WrongStateOfCase, match="没有要补正"):
        applying.answer_supplement(fresh(case), {}, actor=place.applicant)


def test_what_was_missing_stays_missing_until_it_is_handed_in(place: Town) -> None:
    made = factories.application(place, actor=place.window, channel="window", window=place.city.bureau)
    case = opening.open_case(made, place.version, actor=place.window, handed={})
    missing = case.materials.filter(is_needed=True, state=MaterialState.MISSING).get()
    case = decide(case, place.window, "supplement", data={"missing": [missing.name]})
    applying.answer_supplement(case, {missing.name: []}, actor=place.applicant)
    with pytest.raises(WrongStateOfCase, match="还缺必要材料"):
        decide(fresh(case), place.window)
    case = decide(fresh(case), place.window, "supplement", data={"missing": [missing.name]}, reason="上次没有交")
    file = SimpleUploadedFile("章程.txt", "章程".encode())
    applying.answer_supplement(case, {missing.name: [file]}, actor=place.applicant)
    missing.refresh_from_db()
    assert (missing.state, len(missing.files), case.materials.filter(name=missing.name).count()) == (MaterialState.UPLOADED, 1, 1)
    assert decide(fresh(case), place.window).state == State.ACCEPTED


def test_silence_is_acceptance_from_the_day_of_receipt(place: Town) -> None:
    case = opened(place)
    with clock.frozen(clock.now() + timedelta(days=20)):
        sweeping.sweep()
        sweeping.sweep()
    case = fresh(case)
    assert case.handling is not None
    assert (case.state, case.is_deemed, case.accepted_at) == (State.ACCEPTED, True, case.received_at)
    assert (case.handling.started_at, papers(case)) == (case.received_at, ["receipt", "acceptance"])


def test_refusal_gives_reasons_and_tells_where_to_appeal(place: Town) -> None:
    case = decide(opened(place), place.clerk, "reject", reason="不属于本机关职权")
    paper = case.documents.get(kind="refusal")
    assert (case.state, case.reason, case.handling) == (State.REFUSED, "不属于本机关职权", None)
    assert "行政复议" in str(paper.facts["remedy"])
    assert applying.appeal(case, "review", "请求撤销", actor=place.applicant).case == case
    with pytest.raises(WrongStateOfCase):
        applying.appeal(opened(place), "review", "早了", actor=place.applicant)


def test_special_procedure_moves_both_limits_by_the_days_it_took(place: Town) -> None:
    case = accepted(place)
    assert case.handling is not None
    assert case.handling.due_at is not None
    before = case.handling.due_at
    case = handling.begin_special(case, "听证", actor=place.clerk, reason="利害关系人申请", document="听〔2026〕1号", days=20)
    assert (case.state, case.documents.get(kind="special").facts["document"]) == (State.SPECIAL, "听〔2026〕1号")
    with clock.frozen(clock.now() + timedelta(days=14)):
        case = fresh(handling.end_special(fresh(case), actor=place.clerk, result="听证笔录"))
    assert case.handling is not None
    assert case.handling.due_at is not None
    assert (case.state, case.handling.due_at - before) == (State.ACCEPTED, timedelta(days=14))


def test_running_case_keeps_its_version_when_the_item_changes(place: Town) -> None:
    case, first = accepted(place), place.version
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        revised = items.revise_item(place.item, {**place.item.content, "promise_day": 4}, actor=SYSTEM)
        items.publish_item(revised, actor=SYSTEM, reason="压缩")
        with pytest.raises(NotOpen, match="第 2 版"):
            opening.open_case(factories.application(place), first, actor=place.applicant, handed=factories.BOTH)
        assert decide(case, place.clerk).version == first
        items.pause_item(Item.objects.get(pk=place.item.pk), actor=SYSTEM, reason="系统升级")
        with pytest.raises(NotOpen, match="暂停"):
            opening.open_case(factories.application(place), place.version, actor=place.applicant, handed=factories.BOTH)
        assert decide(case, place.head).state == State.GRANTED


@pytest.mark.parametrize(("number", "guardian", "told"), [
    ("510903180101055036", "", "校验码"), (MINOR, "", "监护人"), (MINOR, NUMBERS["feng"], ""),
])
def test_wrong_number_and_minor_without_guardian_are_refused(place: Town, number: str, guardian: str, told: str) -> None:
    who = Applicant("某某", number, "13900000001", guardian="监护" if guardian else "", guardian_id=guardian)
    request = Request(token=uuid4(), applicant=who)
    if told:
        with pytest.raises(UnfitApplicant, match=told):
            opening.record_application(request, actor=place.applicant)
    else:
        assert opening.record_application(request, actor=place.applicant).guardian == "监护"


def test_agent_applies_only_within_its_authority(place: Town) -> None:
    until = clock.today() + timedelta(days=9)
    given = applying.give_authority(AuthorityTerms(NAMES["feng"], NUMBERS["feng"], until, [place.item.code]), actor=place.applicant)
    agent = person_actor(resident("feng"))
    case = opening.open_case(factories.application(place, actor=agent, authority=given), place.version, actor=agent, handed=factories.BOTH)
    assert case.application.is_by_agent
    assert parties.case_of(case.number, actor=place.applicant) == parties.case_of(case.number, actor=agent) == case
    with pytest.raises(UnknownCase):
        parties.case_of(case.number, actor=person_actor(resident("ouyang")))
    revoked = applying.revoke_authority(given.uuid, actor=place.applicant)
    with pytest.raises(UnfitApplicant, match="撤销"):
        opening.open_case(factories.application(place, actor=agent, authority=revoked), place.version, actor=agent, handed=factories.BOTH)


def test_case_waits_until_everybody_has_signed(place: Town) -> None:
    case = opened(place, cosigners=[(NAMES["feng"], NUMBERS["feng"])])
    assert (case.state, case.reception) == (State.SIGNING, None)
    with pytest.raises(NotAllowed):
        opening.sign(case, actor=person_actor(resident("ouyang")))
    signed = fresh(opening.sign(case, actor=person_actor(resident("feng"))))
    assert (signed.state, signed.reception is not None) == (State.RECEIVED, True)


def test_missing_material_is_named_and_tolerated_ones_must_come_before_the_decision(place: Town) -> None:
    with pytest.raises(MissingMaterial, match="申请表"):
        opened(place, handed={})
    case = opened(place, handed={1: Handed(MaterialState.TOLERATED)})
    case = decide(decide(case, place.clerk), place.clerk)
    assert case.materials.get(number=1).due_on is not None
    with pytest.raises(WrongStateOfCase, match="容缺"):
        decide(case, place.head)
    with clock.frozen(clock.now() + timedelta(days=40)):
        assert (supervising.lapse_materials(actor=SYSTEM), supervising.lapse_materials(actor=SYSTEM)) == (1, 0)
    handling.settle_material(fresh(case), 1, "paper", actor=place.clerk)
    assert decide(case, place.head).state == State.GRANTED


def test_withdrawal_ends_both_and_is_refused_after_a_decision(place: Town) -> None:
    assert applying.withdraw(accepted(place), actor=place.applicant, reason="不办了").state == State.WITHDRAWN
    case = decide(decide(accepted(place), place.clerk), place.head)
    with pytest.raises(WrongStateOfCase, match="已经作出决定"):
        applying.withdraw(case, actor=place.applicant, reason="晚了")
    assert fresh(case).state == State.GRANTED


def test_clock_gives_each_card_once_and_the_department_explains(place: Town) -> None:
    case = accepted(place)
    with clock.frozen(clock.now() + timedelta(days=60)):
        sweeping.sweep()
        assert (supervising.give_due_cards(actor=SYSTEM), supervising.give_due_cards(actor=SYSTEM)) == (2, 0)
        card = case.cards.get(line="statutory")
        assert supervising.explain(card, "系统故障", actor=place.clerk).explained_by == "clerk"
    with pytest.raises(NotAllowed):
        supervising.show_card(case, "yellow", actor=place.clerk, reason="自己给自己")


class Flaky(providers.Provider):
    """A provider that loses its first answer, though it took the money."""

    def __init__(self) -> None:
        self.orders: dict[str, int] = {}

    def pay(self, order: str, cents: int, *, receipt: str) -> fees.Paid:
        del receipt
        if self.orders.setdefault(order, cents) and len(self.orders) == 1 and not hasattr(self, "lost"):
            self.lost = True
            raise TimeoutError
        return fees.Paid(f"R-{order[:8]}", cents)

    def find(self, order: str) -> fees.Paid:
        return fees.Paid(f"R-{order[:8]}", self.orders[order]) if order in self.orders else fees.Paid("")


def test_payment_whose_answer_was_lost_is_found_again_and_booked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"fee_name": "工本费", "fee_stand": "每证 10 元", "by_law": "发改价格〔2026〕1号"}
    place = town(is_fee=True, fee_basis="发改价格〔2026〕1号", is_pay_online=True, fees=[row])
    case = decide(accepted(place), place.clerk)
    fee = fees.assess(case, "工本费", 1000, actor=place.clerk)
    with pytest.raises(WrongStateOfCase, match="应缴"):
        decide(case, place.head)
    with pytest.raises(PaymentFailed, match="票据号"):
        fees.pay(fee, "counter", actor=place.clerk)
    with pytest.raises(NotAllowed):  # what lies in the till a cashier says
        fees.pay(fee, "counter", actor=place.applicant, receipt="票 1 号")
    monkeypatch.setitem(fees.providers, "flaky", Flaky())
    with pytest.raises(TimeoutError):
        fees.pay(fee, "flaky", actor=place.applicant)
    assert (fees.reconcile(actor=SYSTEM), fees.reconcile(actor=SYSTEM)) == ((1, 0), (0, 0))
    assert fees.pay(fee, "flaky", actor=place.applicant).state == "paid"
    assert Record.objects.filter(action="cases.fee_paid").count() == 1
    assert decide(case, place.head).state == State.GRANTED


def test_item_done_at_once_is_done_in_one_pass() -> None:
    at_once = {"project_type": "1", "promise_day": 0, "steps": [{**one, "step_days": 0} for one in item_factories.STEPS]}
    place = town(**at_once)
    case = handling.finish_at_once(opened(place), actor=place.clerk, to="周玲建")
    assert (fresh(case).state, papers(case)) == (State.CLOSED, ["receipt", "acceptance", "grant", "delivery"])


def test_consulted_department_reads_the_case_and_answers_once(place: Town) -> None:
    case = accepted(place)
    other = offices.employ("clerk", place.city.district_department, "other")
    with pytest.raises(UnknownCase):
        parties.case_of(case.number, actor=other)
    asked = handling.consult(case, place.city.district_department, "请核实场地", actor=place.clerk)
    assert parties.case_of(case.number, actor=other) == case
    handling.give_opinion(asked, "属实", actor=other)
    with pytest.raises(WrongStateOfCase):
        handling.give_opinion(asked, "再答", actor=other)
    with pytest.raises(NotAllowed):
        handling.reply(case, "越权", actor=other)


def test_window_accepts_any_department_s_item_and_another_department_does_not(place: Town) -> None:
    visit = uuid4()
    made = factories.application(place, actor=place.window, channel="window", window=place.city.bureau, visit=visit)
    case = opening.open_case(made, place.version, actor=place.window, handed={1: Handed(MaterialState.PAPER)})
    assert decide(case, place.window).state == State.ACCEPTED
    assert parties.case_of(case.number, actor=place.applicant) == case  # found by its proven number
    stranger = offices.employ("clerk", place.city.district_department, "stranger")
    with pytest.raises(NotAllowed):
        opening.open_case(made, place.version, actor=stranger)
    with pytest.raises(NotAllowed):
        advancing.decide(handling.waiting_step(fresh(case)), "approve", actor=stranger)  # type: ignore[arg-type]  # it waits


def _answered(case: Case, place: Town) -> None:
    applying.answer_supplement(case, {}, actor=place.applicant)


WALKS: dict[str, Callable[[Case, Town], object]] = {
    "clerk": lambda case, place: decide(case, place.clerk), "head": lambda case, place: decide(case, place.head),
    "refuse": lambda case, place: decide(case, place.clerk, "reject", reason="不符合条件"),
    "ask": lambda case, place: decide(case, place.clerk, "supplement", data={"missing": ["章程"]}), "answer": _answered,
    "back": lambda case, place: decide(case, place.head, "return", reason="再查"),
    "special": lambda case, place: handling.begin_special(case, "检测", actor=place.clerk, reason="要检测", document="1号", days=5),
    "end": lambda case, place: handling.end_special(case, actor=place.clerk, result="合格"),
    "deliver": lambda case, place: handling.deliver(case, "某", actor=place.clerk),
    "withdraw": lambda case, place: applying.withdraw(case, actor=place.applicant, reason="不办了"),
    "archive": lambda case, place: handling.archive(case, actor=place.clerk),
}


@settings(max_examples=15, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(walk=st.lists(st.sampled_from(sorted(WALKS)), min_size=3, max_size=12))
def test_whatever_is_done_in_whatever_order_the_case_stays_legal(place: Town, walk: list[str]) -> None:
    case = opened(place)
    for name in walk:
        with contextlib.suppress(SuixinError, AssertionError), transaction.atomic():  # refused, or nothing waits
            WALKS[name](fresh(case), place)
        require_legal(fresh(case))


def require_legal(held: Case) -> None:
    """What is true of a case at any time."""
    assert (held.accepted_at is None) == (held.handling is None)
    assert bool(held.decision) == (held.decided_at is not None)
    assert held.is_live == (held.ended_at is None)
    assert not held.is_live or handling.waiting_step(held) is not None
    assert ("acceptance" in papers(held)) == (held.accepted_at is not None)
    assert papers(held).count("grant") + papers(held).count("denial") == (1 if held.decision else 0)


@settings(max_examples=12, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from("12"), amount=st.integers(0, 40), unit=st.sampled_from("12345"), spare=st.integers(0, 60),
    walk=st.lists(st.sampled_from(sorted(WALKS)), max_size=5),
)
def test_whatever_an_item_promises_its_cases_come_to_an_end_within_it(
    place: Town, kind: str, amount: int, unit: str, spare: int, walk: list[str],
) -> None:
    limits = {"promise_day": amount, "promise_type": unit, "anticipate_day": amount + spare, "anticipate_type": unit}
    steps = [{**one, "step_days": 0} for one in item_factories.STEPS]
    whole = {**item_factories.COMPLETE, **limits, "project_type": kind, "steps": steps}
    try:
        items.publish_item(items.revise_item(place.item, whole, actor=SYSTEM), actor=SYSTEM, reason="测试")
    except IncompleteItem:  # what cannot be proven is not published
        reject()
    case = opened(place)
    for name in walk:
        with contextlib.suppress(SuixinError, AssertionError), transaction.atomic():
            WALKS[name](fresh(case), place)
        require_legal(fresh(case))
    for _ in range(12):  # from wherever it was left, whoever may goes on
        held = fresh(case)
        if held.handling is not None and held.handling.due_at and held.handling.statutory_due_at:
            assert held.handling.due_at <= held.handling.statutory_due_at
        if not held.is_live:
            return
        with transaction.atomic():
            go_on(held, place)
    pytest.fail(f"{case.state} 没有办完")


def go_on(held: Case, place: Town) -> None:
    """The next thing that ends what the case waits for."""
    step = handling.waiting_step(held)
    assert step is not None
    if held.state == State.SPECIAL:
        handling.end_special(held, actor=place.clerk, result="合格")
    elif held.state == State.SUPPLEMENT:
        applying.answer_supplement(held, {}, actor=place.applicant)
    elif step.node == "deliver":
        handling.deliver(held, "周玲建", actor=place.clerk)
    else:
        advancing.decide(step, "reject", actor=SYSTEM, reason="测试")
