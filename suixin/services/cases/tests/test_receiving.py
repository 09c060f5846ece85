"""What a window takes in: for whom, by which card and authority; what is asked; values that came filled in, and their end."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.tests import offices
from suixin.data.quality.models import Doubt
from suixin.ground.forms import queries as forms
from suixin.ground.forms.actions import Saving, reveal, save_draft, submit
from suixin.ground.forms.errors import FaultyAnswers
from suixin.ground.forms.models import Submission, joined
from suixin.ground.forms.queries import form_of
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import FIRM, NAMES, NUMBERS, resident
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.checksums import resident_id_check_char
from suixin.kit.errors import NotAllowed
from suixin.services.cases import applying, asking, opening, prefilling, window
from suixin.services.cases import queries as cases
from suixin.services.cases.applying import AuthorityTerms
from suixin.services.cases.attached import Authority, DoubtedValue
from suixin.services.cases.errors import NotOpen, UnfitApplicant
from suixin.services.cases.kept import PrefilledValue
from suixin.services.cases.models import Application, Case, Channel, State
from suixin.services.cases.tests.factories import BOTH, Town, application, opened, town
from suixin.services.cases.tests.test_prefilling import HOME, asks, granted, register
from suixin.services.items import actions as items

pytestmark = pytest.mark.django_db
MINOR = "51090321990101001" + resident_id_check_char("51090321990101001")  # born in 2199
ZHOU = {"who_name": NAMES["zhou"], "who_id": NUMBERS["zhou"], "mobile": "13900000001"}
TOLD = {"q1": "租赁", "q2": 4, "m1": "paper", "m3": "paper", "delivery": "window", "statement": "agreed"}
OWN = "示例区幸福路 2 号"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with node_at(tmp_path, monkeypatch):
        yield


def take_in(
    place: Town, values: Mapping[str, object] | None = None, *, actor: Actor | None = None, token: UUID | None = None,
    prefilled: tuple[int, ...] = (), uploads: Mapping[str, list[SimpleUploadedFile]] | None = None,
) -> Case:
    """The case of what a window took in with these answers."""
    form, who, token = form_of(window.slug_of(place.version, prefilled)), actor or place.window, token or uuid4()
    told = {name: value for name, value in {**ZHOU, **TOLD, **(values or {})}.items() if value is not None}
    saving = Saving(token, 0, told, uploads=uploads or {}, subject=(window.SUBJECT, str(uuid4())))
    draft = save_draft(form, saving, actor=who)
    made = submit(form, token, draft.revision, actor=who)
    assert submit(form, token, draft.revision, actor=who) == made  # clicked twice
    return Case.objects.select_related("application__submission", "application__window", "organisation").get(number=made.subject_key)


def test_person_who_stands_there_applies_and_that_a_window_took_it_in_is_on_record() -> None:
    place = town()
    case = take_in(place)
    application = case.application
    assert (application.channel, application.actor_key, application.window) == (Channel.WINDOW, place.window.key, place.city.bureau)
    assert list(cases.own_cases(place.applicant)) == [case]
    assert dict(case.materials.values_list("name", "state")) == {"申请表": "paper", "营业执照": "fetched", "租赁合同": "paper"}
    assert (application.answers, Application.objects.count(), case.documents.get().kind) == (
        {"场所来源": "租赁", "专职人员": 4}, 1, "receipt")


def test_form_of_a_window_is_its_clerk_s_and_the_deciding_department_s_and_no_colleague_s() -> None:
    place = town()
    colleagues = [offices.employ(role, place.city.bureau, f"other-{role}") for role in ("coordination", "review", "data_officer")]
    submission = take_in(place).application.submission
    assert submission is not None
    for stranger in colleagues:
        assert list(forms.submissions_for(stranger)) == []
        with pytest.raises(NotAllowed):
            reveal(submission, actor=stranger, reason="看看")
    seers = (*colleagues, place.window, place.clerk)
    assert [forms.may_read_key(one, str(submission.uuid)) for one in seers] == [False, False, True, True, True]  # an officer sees cases
    assert list(forms.submissions_for(place.window)) == [submission]
    assert reveal(submission, actor=place.window, reason="核对")["who_id"] == NUMBERS["zhou"]


@pytest.mark.usefixtures("node")
def test_consent_is_asked_anew_for_the_next_item_of_a_visit() -> None:
    register()
    application = take_in(town(asks=asks()), {"q3": OWN, "may_fill": "yes"}).application
    assert application.submission is not None
    assert joined(application.submission)["may_fill"] == "yes"
    assert window.person_of(application) == {**ZHOU, "delivery": "window"}


@pytest.mark.usefixtures("node")
def test_every_question_is_asked_and_judged_as_online() -> None:
    register()
    place = town(asks=asks())
    for wrong in ({"q3": None}, {"may_fill": None}, {"q1": "借用"}, {"q2": None}, {"m1": None}, {"statement": None}):
        with pytest.raises(FaultyAnswers):
            take_in(place, {"q3": OWN, "may_fill": "no", **wrong})
    case = take_in(place, {"q3": OWN, "may_fill": "no"})
    submission = case.application.submission
    assert submission is not None
    assert (joined(submission)["q3"], "q3" in submission.values, "q3" in case.application.answers) == (OWN, False, False)


def test_only_what_is_said_of_a_value_that_came_filled_in_is_worded_for_the_clerk() -> None:
    own = {"name": "moved_why", "label": "为什么搬迁", "type": "text", "when": "moved = 'yes'", "hint": "写原因"}
    asked = asking.sourced_fields({"name": "home", "label": "住址", "type": "text"}, "住址", is_prefilled=True)
    groups = window.matter([{"id": "one", "title": "情况", "fields": [*asked, own]}])["groups"]
    assert isinstance(groups, list)
    hints = {field["name"]: field.get("hint") for field in groups[0]["fields"]}
    assert (hints["moved_why"], hints["home_why"], hints["home_is"]) == ("写原因", window.SEEN, window.ASK)


def test_clerk_with_a_form_of_the_guide_before_is_sent_back_to_the_window() -> None:
    place = town()
    before = place.version
    revised = items.revise_item(place.item, {**place.item.content, "accept_condition": "新的条件"}, actor=SYSTEM)
    items.publish_item(revised, actor=SYSTEM, reason="测试")
    for channel, actor, where in ((Channel.WINDOW, place.window, "窗口收件"), (Channel.ONLINE, place.applicant, "办事指南")):
        made = application(place, actor=actor, channel=channel)
        with pytest.raises(NotOpen, match=f"第 2 版；请从{where}重新进入"):
            opening.open_case(made, before, actor=actor, handed=BOTH)


def test_what_is_not_handed_over_is_written_down_and_what_no_situation_needs_is_not_asked() -> None:
    case = take_in(town(), {"q1": "自有", "m1": "missing", "m3": None})
    assert dict(case.materials.values_list("name", "state")) == {"申请表": "missing", "营业执照": "fetched"}


def test_promise_that_nobody_ticked_is_not_on_record() -> None:
    same = {"material_type": "1", "material_format": "3", "source_type": "10", "form_guid": "表", "example_guid": "样"}
    place = town(materials=[
        {**same, "material_name": "制度", "is_need": "1", "is_tolerable": True, "tolerate_days": 5},
        {**same, "material_name": "照片", "is_need": "2", "is_tolerable": True, "tolerate_days": 5},
        {**same, "material_name": "声明", "is_need": "1", "is_exempt": True, "exempt_way": "3", "situation": "租赁场所"},
    ])
    fields = [form_of(window.slug_of(place.version)).field(f"m{number}") for number in (1, 2, 3)]
    assert all(one is not None and "missing" in (one.options or {}) for one in fields)
    blank = take_in(place, {"m1": None, "m2": None, "m3": None})
    assert dict(blank.materials.values_list("name", "state")) == {"制度": "missing", "声明": "missing"}
    ticked = take_in(place, {"m1": "tolerated", "m2": "missing", "m3": "promised"})
    assert dict(ticked.materials.values_list("name", "state")) == {"制度": "tolerated", "声明": "promised"}


@pytest.mark.parametrize(("told", "sentence"), [
    ({"who_id": "510903180101055036"}, "校验码不对"), ({"who_id": MINOR}, "未满 18 周岁"),
    ({"who_id": MINOR, "guardian_name": "周父", "guardian_id": "510903180101055036"}, "校验码不对"),
    ({"who_id": MINOR, "guardian_name": "周父"}, "没有填"), ({"who_firm": "某公司"}, "一起填"),
    ({"who_firm": FIRM.name, "who_uscc": FIRM.uscc[:-1] + "0"}, "统一社会信用代码校验码不对"),
    ({"agent_name": NAMES["feng"], "agent_id": NUMBERS["feng"]}, "没有在网上授权这位代办人"), ({"authority": "委托书"}, "请填写代办人"),
])
def test_who_may_not_apply_alone_is_refused(told: dict[str, object], sentence: str) -> None:
    place = town()
    with pytest.raises(UnfitApplicant) as refused:
        take_in(place, told)
    assert sentence in refused.value.sentence
    assert (Application.objects.count(), Submission.objects.count()) == (0, 0)


def test_guardian_hands_in_for_a_minor_and_somebody_for_a_firm() -> None:
    place = town()
    minor = take_in(place, {"who_id": MINOR, "guardian_name": NAMES["feng"], "guardian_id": NUMBERS["feng"]})
    firm = take_in(place, {"who_firm": FIRM.name, "who_uscc": FIRM.uscc.lower()})
    assert (minor.application.guardian, firm.application.uscc, firm.application.shown_name) == (NAMES["feng"], FIRM.uscc, FIRM.name)


def test_firm_s_row_is_opened_only_for_who_may_act_for_it() -> None:
    told = {**ZHOU, "who_firm": FIRM.name, "who_uscc": FIRM.uscc.lower(), "may_fill": "yes"}
    resident("zhou")
    boss = resident("feng", firms=(FIRM,))
    assert window.numbers_in(told) == {}
    assert window.numbers_in({**told, "who_id": NUMBERS["feng"]}) == {"firm": FIRM.uscc}
    boss.agencies.update(kind="agent", scopes=["traces"])  # it may look for the firm, not act for it
    assert window.numbers_in({**told, "who_id": NUMBERS["feng"]}) == {}


def test_agent_comes_with_the_authority_given_online_or_with_a_paper() -> None:
    place = town()
    agent = {"agent_name": NAMES["feng"], "agent_id": NUMBERS["feng"]}
    by_paper = take_in(place, {"authority": "委托书 1 号，至 2026-12-31", **agent})
    assert (by_paper.application.is_by_agent, by_paper.application.authority_document[:7]) == (True, "委托书 1 号")
    terms = AuthorityTerms(NAMES["feng"], NUMBERS["feng"], clock.today() + timedelta(days=9), [place.item.code])
    given = applying.give_authority(terms, actor=place.applicant)
    assert take_in(place, agent).application.authority == given
    given.items = ["another"]
    given.save()
    with pytest.raises(UnfitApplicant, match="不包括这个事项"):
        take_in(place, agent)
    applying.revoke_authority(given.uuid, actor=place.applicant)
    with pytest.raises(UnfitApplicant, match="没有在网上授权"):
        take_in(place, agent)


def test_of_several_authorities_the_one_for_the_item_counts_else_the_paper() -> None:
    place, last = town(), clock.today() + timedelta(days=9)
    agent = {"agent_name": NAMES["feng"], "agent_id": NUMBERS["feng"]}
    def give(code: str) -> Authority:
        return applying.give_authority(AuthorityTerms(NAMES["feng"], NUMBERS["feng"], last, [code]), actor=place.applicant)

    give("another")
    assert take_in(place, {"authority": "委托书 1 号", **agent}).application.authority_document == "委托书 1 号"
    right = give(place.item.code)
    give("a-third")
    assert take_in(place, {"authority": "委托书 1 号", **agent}).application.authority == right


def test_only_whose_window_receives_for_the_department_takes_in() -> None:
    place = town()
    other = person_actor(resident("feng"))
    for stranger in (place.supervisor, other):
        with pytest.raises(NotAllowed):
            take_in(place, actor=stranger)
    assert Application.objects.count() == 0


@pytest.mark.usefixtures("node")
def test_value_said_to_be_wrong_at_a_window_goes_to_its_source_with_the_proof() -> None:
    resource, place, token = register(), town(asks=asks()), uuid4()
    granted(resource, place)
    wanted = prefilling.wanted_of(place.version)
    assert prefilling.prefill_at_window(wanted, token, {"person": NUMBERS["zhou"]}, actor=place.window) == {"q3": HOME}
    said = {"may_fill": "yes", "q3": OWN, "q3_is": "wrong", "q3_why": "户口本"}
    proof = {"q3_proof": [SimpleUploadedFile("户口本.pdf", PDF)]}
    case = take_in(place, said, token=token, prefilled=(3,), uploads=proof)
    doubt = Doubt.objects.get()
    assert (doubt.asker_key, len(doubt.proof), DoubtedValue.objects.get().own) == (place.window.key, 1, OWN)
    assert case.application.token == token


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("other", [
    {"who_id": NUMBERS["feng"]}, {"agent_name": "冯", "agent_id": NUMBERS["feng"], "authority": "委托书 1 号"}, {"may_fill": "no"},
])
def test_what_was_read_about_one_person_is_not_handed_in_for_another(other: dict[str, object]) -> None:
    resource, place, token = register(), town(asks=asks()), uuid4()
    granted(resource, place)
    prefilling.prefill_at_window(prefilling.wanted_of(place.version), token, {"person": NUMBERS["zhou"]}, actor=place.window)
    told: dict[str, object] = {"may_fill": "yes", "q3": HOME, "q3_is": "right", **other}
    with pytest.raises(UnfitApplicant, match="按另一个号码"):
        take_in(place, told, token=token, prefilled=(3,))


@pytest.mark.usefixtures("node")
def test_values_that_a_window_filled_in_end_with_the_archive_as_online() -> None:
    resource, place, token = register(), town(asks=asks()), uuid4()
    granted(resource, place)
    prefilling.prefill_at_window(prefilling.wanted_of(place.version), token, {"person": NUMBERS["zhou"]}, actor=place.window)
    case = take_in(place, {"may_fill": "yes", "q3": HOME, "q3_is": "right"}, token=token, prefilled=(3,))
    assert (prefilling.forget(), PrefilledValue.objects.count()) == (0, 1)
    Case.objects.filter(pk=case.pk).update(state=State.ARCHIVED)
    assert (prefilling.forget(), PrefilledValue.objects.count()) == (1, 0)
    submission = case.application.submission
    assert submission is not None
    assert (joined(submission)["q3"], HOME in str(submission.values)) == (HOME, False)  # its form still says it, sealed


@pytest.mark.usefixtures("node")
def test_values_of_what_a_window_took_in_before_it_had_a_form_stay_with_their_case() -> None:
    resource, place, token = register(), town(asks=asks()), uuid4()
    granted(resource, place)
    prefilling.prefill_at_window(prefilling.wanted_of(place.version), token, {"person": NUMBERS["zhou"]}, actor=place.window)
    case = opened(place, token=token, channel=Channel.WINDOW, actor=place.window)
    Case.objects.filter(pk=case.pk).update(state=State.ARCHIVED)
    assert (prefilling.forget(), prefilling.values_of(token)) == (0, {"q3": HOME})
