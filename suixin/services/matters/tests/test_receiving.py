"""A theme taken in at a window: one receipt, every part as online, and who may not."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest

from suixin.data.catalog.tests import offices
from suixin.ground.forms import queries as forms
from suixin.ground.forms.actions import Saving, reveal, save_draft, submit
from suixin.ground.forms.errors import FaultyAnswers
from suixin.ground.forms.models import Submission
from suixin.ground.forms.queries import form_of
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import FIRM, NAMES, NUMBERS, resident
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed
from suixin.services.cases import applying, prefilling
from suixin.services.cases.applying import AuthorityTerms
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.errors import MissingMaterial, UnfitApplicant
from suixin.services.cases.kept import PrefilledValue
from suixin.services.cases.models import Application, Case, Channel, State
from suixin.services.cases.tests.test_receiving import MINOR, ZHOU
from suixin.services.items.models import Item
from suixin.services.matters import advancing, asking, queries, receiving
from suixin.services.matters.errors import NotOpenTheme
from suixin.services.matters.models import Matter, MatterState, Part, PartState
from suixin.services.matters.tests.factories import decide, delivered
from suixin.services.themes.models import Theme, ThemeState, ThemeVersion
from suixin.services.themes.tests import factories as themes

pytestmark = pytest.mark.django_db
TOLD = {"firm_name": "好人力", "firm_phone": "13900000001", "staff": 9, "q1": "租赁", "q2": 4, "m1": "paper", "m3": "paper",
        "delivery": "window", "statement": "agreed"}


@pytest.fixture
def town() -> offices.Office:
    found = offices.office()
    themes.published("hr", found.city.department, found.city.bureau)
    return found


@pytest.fixture
def window(town: offices.Office) -> Actor:
    return offices.employ("reception", town.city.bureau, "window")


def take_in(actor: Actor, values: Mapping[str, object] | None = None, *, token: UUID | None = None) -> Matter:
    """The matter of what a window took in with these answers, clicked twice."""
    asked = asking.asked_of(asking.slug_of(ThemeVersion.objects.get(), {"有店面": True}))
    assert asked is not None
    form, token = form_of(receiving.slug_of(asked)), token or uuid4()
    told = {name: value for name, value in {**ZHOU, **TOLD, **(values or {})}.items() if value is not None}
    draft = save_draft(form, Saving(token, 0, told, subject=("cases.window", str(uuid4()))), actor=actor)
    made = [submit(form, token, draft.revision, actor=actor) for _ in range(2)]
    assert made[0] == made[1]
    return Matter.objects.select_related("application__window", "version__theme").get(number=made[0].subject_key)


def test_person_applies_and_the_window_took_it_in_with_one_receipt(town: offices.Office, window: Actor) -> None:
    matter = take_in(window)
    application = matter.application
    assert (application.channel, application.actor_key, application.window) == (Channel.WINDOW, window.key, town.city.bureau)
    assert list(queries.own_matters(person_actor(resident("zhou")))) == [matter]
    assert "收" in matter.receipt
    assert (Application.objects.count(), Matter.objects.count(), Case.objects.count()) == (1, 1, 1)
    assert queries.materials_of(matter) == [("申请表", "已收纸质"), ("营业执照", "免提交"), ("租赁合同", "已收纸质")]
    assert dict(Case.objects.get().materials.values_list("name", "state"))["租赁合同"] == MaterialState.PAPER


def test_one_form_is_its_clerk_s_and_the_lead_department_s_and_no_colleague_s(town: offices.Office, window: Actor) -> None:
    stranger = offices.employ("coordination", town.city.bureau, "stranger")
    submission = take_in(window).application.submission
    assert submission is not None
    assert [forms.may_read(one, submission) for one in (stranger, window, town.clerk)] == [False, True, True]
    assert [list(forms.submissions_for(one)) for one in (stranger, town.officer, window)] == [[], [], [submission]]
    for one in (stranger, town.officer):
        with pytest.raises(NotAllowed):
            reveal(submission, actor=one, reason="看看")


def test_branches_and_the_one_delivery_are_those_of_any_matter(town: offices.Office, window: Actor) -> None:
    matter = take_in(window)
    assert dict(matter.parts.values_list("name", "state")) == {"first": PartState.HANDLED, "second": PartState.WAITING}
    decide(Part.objects.get(name="first"), "approve")
    advancing.advance_due(actor=SYSTEM)
    second = Part.objects.get(name="second")
    assert (second.state, second.case is not None and second.case.application_id) == (PartState.HANDLED, matter.application_id)
    decide(second, "approve")
    advancing.advance_due(actor=SYSTEM)
    held = Matter.objects.select_related("organisation", "application", "delivery").get()
    assert held.state == MatterState.DELIVERING
    assert delivered(held).state == MatterState.DONE


def test_values_that_a_later_part_needs_stay_until_it_has_ended(town: offices.Office, window: Actor) -> None:
    matter = take_in(window)
    told = {"question": "home", "resource": offices.entry(town), "organisation": town.city.department, "version": 1, "read_at": clock.now()}
    PrefilledValue.objects.create(token=matter.application.token, **told)
    before = Case.objects.get().state
    Case.objects.update(state=State.ARCHIVED)
    assert (matter.parts.get(name="second").state, prefilling.forget()) == (PartState.WAITING, 0)
    Case.objects.update(state=before)
    decide(Part.objects.get(name="first"), "approve")
    advancing.advance_due(actor=SYSTEM)
    assert prefilling.forget() == 0
    Case.objects.update(state=State.ARCHIVED)
    assert (Case.objects.count(), prefilling.forget()) == (2, 1)


def test_reception_of_each_part_waits_at_the_window_that_took_it_in(town: offices.Office, window: Actor) -> None:
    take_in(window)
    step = Case.objects.select_related("reception").get().reception.steps.get()  # type: ignore[union-attr]  # it has begun
    assert step.organisation == town.city.bureau


def test_who_may_not_apply_alone_is_refused(window: Actor) -> None:
    for told, sentence in (
        ({"who_id": "510903180101055036"}, "校验码不对"), ({"who_id": MINOR}, "须由监护人办理"),
        ({"agent_name": NAMES["feng"], "agent_id": NUMBERS["feng"]}, "没有在网上授权这位代办人"),
    ):
        with pytest.raises(UnfitApplicant, match=sentence):
            take_in(window, told)
    assert (Application.objects.count(), Submission.objects.count()) == (0, 0)


def test_guardian_hands_in_for_a_minor_and_an_agent_with_a_paper(window: Actor) -> None:
    minor = take_in(window, {"who_id": MINOR, "guardian_name": NAMES["feng"], "guardian_id": NUMBERS["feng"]})
    paper = {"agent_name": NAMES["feng"], "agent_id": NUMBERS["feng"], "authority": "委托书 1 号"}
    assert (minor.application.guardian, take_in(window, paper).application.is_by_agent) == (NAMES["feng"], True)


def test_authority_of_an_agent_covers_every_item_of_the_theme_or_none(window: Actor) -> None:
    agent = {"agent_name": NAMES["feng"], "agent_id": NUMBERS["feng"]}
    codes = list(Item.objects.order_by("pk").values_list("code", flat=True))
    assert len(codes) > 1
    given = [applying.give_authority(
        AuthorityTerms(NAMES["feng"], NUMBERS["feng"], clock.today(), items), actor=person_actor(resident("zhou")),
    ) for items in (codes, codes[:1])]
    assert take_in(window, agent).application.authority == given[0]
    applying.revoke_authority(given[0].uuid, actor=person_actor(resident("zhou")))
    with pytest.raises(UnfitApplicant, match="不包括这个事项"):
        take_in(window, agent)


def test_firm_that_the_form_names_is_the_one_that_applies(window: Actor) -> None:
    firm = {"who_firm": FIRM.name, "who_uscc": FIRM.uscc.lower()}
    with pytest.raises(UnfitApplicant, match="“名称”写的是“好人力”，“谁来申请”一页是"):
        take_in(window, firm)
    assert Matter.objects.count() == 0
    matter = take_in(window, {**firm, "firm_name": FIRM.name})
    assert matter.application.uscc == FIRM.uscc


def test_theme_with_a_material_missing_is_not_taken_in_and_what_lacks_is_told_at_once(window: Actor) -> None:
    with pytest.raises(MissingMaterial, match="还缺：申请表、租赁合同。一件事的材料齐了才能收"):
        take_in(window, {"m1": "missing", "m3": "missing"})
    with pytest.raises(FaultyAnswers):
        take_in(window, {"m1": None})
    assert Matter.objects.count() == 0


def test_other_roles_other_departments_and_residents_are_refused(town: offices.Office) -> None:
    strangers = [offices.employ(role, place, f"stranger-{role}") for role, place in (
        ("supervision", town.city.bureau), ("clerk", town.city.department), ("department_head", town.city.department),
        ("reception", town.city.district),
    )]
    for stranger in (*strangers, person_actor(resident("zhou"))):
        with pytest.raises(NotAllowed):
            take_in(stranger)
    assert (Matter.objects.count(), Application.objects.count()) == (0, 0)


def test_paused_theme_is_not_taken_in(window: Actor) -> None:
    Theme.objects.update(state=ThemeState.PAUSED, reason="系统升级")
    with pytest.raises(NotOpenTheme, match="系统升级"):
        take_in(window)
