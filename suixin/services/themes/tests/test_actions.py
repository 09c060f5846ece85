"""Themes kept: authorised, on record, published whole and never changed, refused while a rule does not hold, approved by the centre."""

import pytest

from suixin.data.access.tests import factories as access
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Dependence
from suixin.data.catalog.tests import offices
from suixin.ground.audit.models import Record
from suixin.ground.flow import advancing
from suixin.ground.people.tests.factories import tree
from suixin.ground.search import finding as search
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from suixin.services.items import actions as items
from suixin.services.items.queries import item_by
from suixin.services.themes import actions, finding, offering, publishing, queries
from suixin.services.themes.errors import FaultyTheme, UnsoundTheme, WrongStateOfTheme
from suixin.services.themes.models import Theme, ThemeState
from suixin.services.themes.tests import factories

pytestmark = pytest.mark.django_db
SPECS = (
    ItemSpec("id_number", "身份证号", ItemType.TEXT, length=18, is_key=True, nullable=False),
    ItemSpec("home", "户籍地址", ItemType.TEXT, length=100),
)


def fresh(theme: Theme) -> Theme:
    return queries.theme_by(theme.slug)


def test_published_theme_stands_on_the_guides_of_that_day_and_is_found():
    office = tree()
    theme = factories.published("hr", office.department, office.bureau)
    version = queries.newest_version(theme)
    item = item_by(queries.published(version).offers["first"].code)
    items.publish_item(items.revise_item(item, {**item.content, "accept_condition": "新的条件"}, actor=SYSTEM), actor=SYSTEM, reason="测试")
    said = [whole.offers["first"].content["accept_condition"] for whole in (queries.published(version), queries.drafted(theme))]
    assert said == [item.content["accept_condition"], "新的条件"]
    assert queries.behind(version) == ["先办的"]
    assert actions.publish_theme(theme, actor=SYSTEM, reason="随指南更新").number == 2
    with pytest.raises(ValueError, match="never changed"):
        version.save()
    assert [one.key for one in search.search(finding.PUBLIC, "开中介").documents] == ["hr"]
    assert Record.objects.filter(action="themes.published").count() == 2


def test_unsound_theme_is_not_published_and_says_why():
    office = tree()
    theme = factories.ready("hr", office.department, office.bureau)
    text = factories.declared("hr", office.department.slug, office.bureau.slug, promise=9)
    revised = actions.revise_theme(theme, text, actor=SYSTEM)
    assert revised.faults == 1
    with pytest.raises(UnsoundTheme, match=r"先办的 → 后办的.*超过承诺的 9 个工作日"):
        actions.publish_theme(revised, actor=SYSTEM, reason="测试")
    text = factories.declared("hr", office.department.slug, office.bureau.slug, needs="first, second")
    with pytest.raises(UnsoundTheme, match="“后办的”以自己为前置"):
        actions.publish_theme(actions.revise_theme(theme, text, actor=SYSTEM), actor=SYSTEM, reason="测试")
    with pytest.raises(WrongStateOfTheme, match="没有保存"):
        actions.revise_theme(theme, text, actor=SYSTEM, seen=theme.created_at.replace(year=2020))
    assert (fresh(theme).state, fresh(theme).version) == (ThemeState.DRAFT, 0)


@pytest.mark.parametrize(("text", "told"), [
    ("colour: red", "不认识的键“colour”"), ("[", "不是合格的 YAML"), ("slug: 中文", "slug 只含小写字母"),
])
def test_wrong_declaration_is_told_by_its_key(text, told):
    with pytest.raises(FaultyTheme, match=told):
        actions.draft_theme(text, actor=SYSTEM)


def test_question_that_stands_twice_in_the_bank_is_refused():
    with pytest.raises(FaultyTheme, match="问题“staff”出现两次；一件事只问一次"):
        actions.take_bank(factories.BANK.replace("firm_phone, label", "staff, label"), actor=SYSTEM)
    assert actions.take_bank(factories.BANK, actor=SYSTEM) == actions.take_bank(factories.BANK, actor=SYSTEM)


@pytest.mark.parametrize(("text", "told", "fault"), [
    ("by: person", "by: person, until: 2027", "source：不认识的键“until”"), ("by: person", "by: mother", "by“mother”不认识"),
    ("item: 户籍地址, ", "", "source：缺少 item"), ("name: home,", "name: home_" + "a" * 30 + ",", "最多 34 个字符"),
    ("required: true, source", "when: staff > 1, source", "when 不能用"),
    ("required: true, source", "means: address, source", "means 和 source 只能写一个"),
    ("label: 户籍地址, type: text", "label: 户口本, type: file", "file 的问题不能从数据填入"),
    ("{name: staff,", "{name: home_why,", "“home_why”与从数据填入的问题旁边的字段同名"),
])
def test_source_of_a_question_is_read_strictly(text, told, fault):
    with pytest.raises(FaultyTheme, match=fault):
        actions.take_bank(factories.SOURCED.replace(text, told), actor=SYSTEM)


def test_theme_whose_bank_names_no_source_has_the_digest_that_it_always_had():
    whole = factories.whole_of(factories.part("first"), factories.part("second", ["first"]))
    digest = queries.digest_of("x", offering.pinned(whole))
    assert digest == "c7c8d5a9f1a1f8f86b54a3d585d5f9eb6fa0d8511be07f949d0b64f56949dbd6"  # before questions could name one


def test_theme_whose_question_names_a_source_stands_on_it_and_is_on_record_as_its_user():
    office = tree()
    theme = factories.ready("hr", office.department, office.bureau, factories.SOURCED)
    with pytest.raises(UnsoundTheme, match="“户籍地址”的预填来源“households”不在目录里或未发布"):
        actions.publish_theme(theme, actor=SYSTEM, reason="测试")
    access.make_resource("households", specs=SPECS)
    version = actions.publish_theme(theme, actor=SYSTEM, reason="测试")
    kept = queries.sources_in(queries.published(version))
    assert [(one.question, one.resource, one.item, one.by) for one in kept] == [("户籍地址", "households", "户籍地址", "person")]
    assert [(one.by_kind, one.by_key, one.field) for one in Dependence.objects.filter(by_kind="themes.theme")] == [
        ("themes.theme", "hr", "home")]


def test_lead_department_drafts_and_the_centre_publishes():
    office = offices.office()
    clerk, city = office.clerk, office.city
    theme = factories.ready("hr", city.department, city.bureau)
    with pytest.raises(NotAllowed):
        actions.publish_theme(theme, actor=clerk, reason="自己发布")
    instance = publishing.submit_theme(theme, actor=clerk)
    assert fresh(theme).version == 0
    step = publishing.waiting_step(instance)
    assert step
    advancing.decide(step, "approve", actor=office.reviewer, reason="可以")
    assert (fresh(theme).state, fresh(theme).version) == (ThemeState.IN_USE, 1)
    actions.pause_theme(fresh(theme), actor=SYSTEM, reason="系统升级")
    with pytest.raises(WrongStateOfTheme, match="不能改为暂停"):
        actions.pause_theme(fresh(theme), actor=SYSTEM, reason="再停")
    assert actions.resume_theme(fresh(theme), actor=SYSTEM, reason="升级完成").state == ThemeState.IN_USE
