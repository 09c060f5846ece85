"""The radar on a city: findings as the evidence stands, what the bureau decides, what is refused before it is handed on."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any  # what an entry states

import pytest

from suixin.data.catalog import actions as catalog
from suixin.data.catalog import changing, objections, publication
from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.errors import Objected
from suixin.data.catalog.models import ResourceState
from suixin.data.catalog.tests import offices
from suixin.data.quality.models import DuplicateFinding, Exemption, FindingState
from suixin.data.quality.radar import actions, recollecting, scanning
from suixin.data.quality.radar.errors import BadExemption, UndecidableFinding
from suixin.data.quality.radar.tests.world import ITEMS, World, entry, fill, published, tax_clerk, world
from suixin.ground.audit.models import Record
from suixin.ground.forms.parsing import parse_form
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]


@pytest.fixture
def city(lake: Path) -> World:
    made = world()
    scanning.scan_all()
    return made


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objections, "checks", [recollecting.objections])


def _open() -> list[DuplicateFinding]:
    return list(DuplicateFinding.objects.filter(state=FindingState.OPEN))


def test_what_two_departments_hold_alike_is_found_with_its_evidence(city: World) -> None:
    found = {one.left_field: one for one in _open()}
    assert set(found) == {"code", "name", "address", "founded"}
    assert found["name"].overlap == 100
    assert "100% 的值相同" in found["name"].sentence
    assert (found["founded"].overlap, found["name"].proposed) == (None, city.register)
    assert "400 行" in found["name"].proposed_why


def test_one_entry_finds_what_the_whole_run_finds(city: World) -> None:
    before = {(str(one), one.overlap, one.score) for one in _open()}
    DuplicateFinding.objects.all().delete()
    done = scanning.scan_one(city.copy)
    assert (done.fresh, {(str(one), one.overlap, one.score) for one in _open()}) == (4, before)
    assert scanning.scan_one(city.register).kept == 4
    assert scanning.scan_all().kept == 4


def test_a_finding_goes_with_its_evidence(city: World) -> None:
    city.copy.sketches.update(is_telling=False, tells=False)
    assert scanning.scan_all().gone == 4
    assert _open() == []


def test_nothing_is_kept_of_a_pair_whose_entry_is_withdrawn(city: World) -> None:
    catalog.withdraw_resource(city.copy, actor=SYSTEM, reason="并入")
    assert (city.copy.sketches.count(), DuplicateFinding.objects.count()) == (0, 0)


def test_the_confirmed_source_is_named_in_both_entries_and_settles_it(city: World) -> None:
    actions.confirm_source(_open(), city.register, actor=city.office.officer, reason="三定规定")
    for resource in (city.register, city.copy):
        assert set(resource.items.values_list("source_department", flat=True)) == {city.market.uscc}
    assert Record.objects.filter(action="quality.source_confirmed").count() == 4
    assert (scanning.scan_all().fresh, _open()) == (0, [])
    assert set(recollecting.sources_of(city.copy)) == {"code", "name", "address", "founded"}


def test_dismissed_findings_come_again_only_with_other_evidence(city: World) -> None:
    actions.dismiss(_open(), actor=city.office.officer, reason="口径不同")
    scanning.scan_all()
    assert _open() == []
    DuplicateFinding.objects.filter(left_field="name").update(overlap=30)
    scanning.scan_one(city.copy)
    assert [one.left_field for one in _open()] == ["name"]


def test_only_who_governs_both_departments_decides(city: World) -> None:
    for somebody in (city.office.clerk, city.office.head, tax_clerk(city)):
        with pytest.raises(NotAllowed):
            actions.dismiss(_open(), actor=somebody, reason="不是")
        with pytest.raises(NotAllowed):
            actions.exempt(city.copy, [], actor=somebody, basis="依据", until=clock.today())


def test_a_decision_needs_a_reason_a_choice_and_something_open(city: World) -> None:
    officer = city.office.officer
    stranger = published(entry("others", city.tax))
    for findings, source, reason in ((_open(), city.register, " "), ([], city.register, "理由"), (_open(), stranger, "理由")):
        with pytest.raises(UndecidableFinding):
            actions.confirm_source(findings, source, actor=officer, reason=reason)
    held = _open()
    actions.dismiss(held, actor=officer, reason="不是")
    with pytest.raises(UndecidableFinding):
        actions.dismiss(held, actor=officer, reason="不是")


@pytest.mark.usefixtures("checked")
def test_an_entry_that_collects_again_is_not_handed_on() -> None:
    made = world(is_filled=False)
    catalog.withdraw_resource(made.copy, actor=SYSTEM, reason="测试")
    clerk = tax_clerk(made)
    again = entry("again", made.tax, by=clerk)
    with pytest.raises(Objected, match=f"“企业名称”.*《firms名录》（{made.register.code}）.*申请共享.*登记例外"):
        publication.submit(again, actor=clerk)
    actions.exempt(again, [], actor=made.office.officer, basis="税收征管法", until=clock.today() + timedelta(days=30))
    publication.submit(again, actor=clerk)


@pytest.mark.usefixtures("checked")
def test_an_exemption_covers_its_items_until_its_day() -> None:
    made = world(is_filled=False)
    catalog.withdraw_resource(made.copy, actor=SYSTEM, reason="测试")
    again = entry("again", made.tax)
    actions.exempt(again, ["name"], actor=made.office.officer, basis="税收征管法", until=clock.today())
    [told] = objections.objections_to(again, again.contract.items)
    assert ("“企业名称”" in told, "“住所”" in told) == (False, True)
    Exemption.objects.update(until=clock.today() - timedelta(days=1))
    assert "“企业名称”" in objections.objections_to(again, again.contract.items)[0]


def test_an_exemption_needs_a_basis_known_items_and_a_day_within_three_years() -> None:
    made = world(is_filled=False)
    for fields, basis, days in (([], " ", 1), (["nothing"], "依据", 1), ([], "依据", -1), ([], "依据", 2_000)):
        with pytest.raises(BadExemption):
            actions.exempt(made.copy, fields, actor=made.office.officer, basis=basis, until=clock.today() + timedelta(days=days))


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize(("stated", "kept"), [
    ({"share_type": "withheld", "basis_document": "统计法", "basis_article": "第二十五条", "withhold_reason": "个体"}, ITEMS),
    ({}, ITEMS[:2]),
])
def test_what_is_not_shared_or_is_little_may_be_collected(stated: dict[str, Any], kept: tuple[ItemSpec, ...]) -> None:
    made = world(is_filled=False)
    for one in (made.register, made.copy):
        catalog.withdraw_resource(one, actor=SYSTEM, reason="测试")
    published(entry("register", made.market, **stated))
    again = entry("again", made.tax, items=kept)
    assert objections.objections_to(again, again.contract.items) == []


@pytest.mark.usefixtures("checked")
def test_what_comes_from_the_source_is_no_collection() -> None:
    made = world(is_filled=False)
    catalog.withdraw_resource(made.copy, actor=SYSTEM, reason="测试")
    again = entry("again", made.tax, source_department=made.market.uscc)
    assert objections.objections_to(again, again.contract.items) == []


@pytest.mark.usefixtures("checked")
def test_a_single_item_of_a_confirmed_source_is_refused(city: World) -> None:
    actions.confirm_source(_open(), city.register, actor=city.office.officer, reason="三定规定")
    again = entry("again", city.tax, items=ITEMS[:2])
    assert "“企业名称”" in objections.objections_to(again, again.contract.items)[0]


@pytest.mark.usefixtures("checked")
def test_a_change_is_asked_about_its_new_items_only() -> None:
    made = world(is_filled=False)
    catalog.withdraw_resource(made.copy, actor=SYSTEM, reason="测试")
    mine = published(entry("mine", made.tax, items=ITEMS[:2]))
    change = changing.begin_change(mine, actor=made.office.officer, reason="增加")
    changing.revise_change(change, actor=made.office.officer, items=ITEMS)
    change.refresh_from_db()
    [told] = [one for one in changing.faults_of(change) if "不再重复采集" in one]
    assert ("“住所”" in told, "“企业名称”" in told) == (True, False)


@pytest.mark.usefixtures("checked")
def test_the_inbox_does_not_lead_around_it() -> None:
    made = world(is_filled=False)
    catalog.withdraw_resource(made.copy, actor=SYSTEM, reason="测试")
    again = entry("again", made.market, by=made.office.clerk)
    instance = publication.begin(again, actor=made.office.clerk)
    catalog.withdraw_resource(made.register, actor=SYSTEM, reason="测试")
    published(entry("source", made.tax))
    for somebody in (made.office.clerk, made.office.head):
        offices.decide(instance, somebody)
    with pytest.raises(Objected):
        offices.decide(instance, made.office.reviewer)
    again.refresh_from_db()
    assert again.state == ResourceState.PROPOSED


def test_a_form_that_asks_for_what_is_shared_is_told() -> None:
    made = world(is_filled=False)
    catalog.withdraw_resource(made.copy, actor=SYSTEM, reason="测试")
    fields = [{"name": f"q{at}", "label": item.name, "type": "date" if item.type == "D" else "text"} for at, item in enumerate(ITEMS)]
    groups = [{"id": "all", "title": "全部", "fields": fields}]
    form = parse_form({"id": "firm-survey", "title": "企业情况", "pages": [{"id": "one", "title": "一", "groups": groups}]})
    [told] = recollecting.objections_to_form(form, organisation=made.tax.pk)
    assert "《firms名录》" in told
    assert recollecting.objections_to_form(form, organisation=made.market.pk) == []


def test_the_sketch_of_a_table_that_grows_is_followed(city: World) -> None:
    fill(city.copy, 400, sm3="two")
    assert city.copy.sketches.get(field="name").rows == 700
    assert abs(city.copy.sketches.get(field="name").distinct - 400) < 80


def test_what_is_decided_while_the_radar_runs_stays(city: World) -> None:
    def decided_meanwhile(**_: object) -> Any:  # stands for a query set
        read = DuplicateFinding.objects.filter(state=FindingState.OPEN).values_list("pk", flat=True)
        pks = list(read)
        DuplicateFinding.objects.update(state=FindingState.CONFIRMED)
        return SimpleNamespace(values_list=lambda *_, **__: pks)

    among: Any = SimpleNamespace(filter=decided_meanwhile)
    scanning._drop(among, set())
    assert DuplicateFinding.objects.filter(state=FindingState.CONFIRMED).count() == 4
