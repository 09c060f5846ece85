"""What an entry states: bases of 不予共享, assessments, extensions, codes in several categories."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.data.catalog import actions, extensions, rules
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.drafts import Stated
from suixin.data.catalog.errors import IncompleteEntry, InvalidEntry
from suixin.data.catalog.models import Category, Classification, Resource
from suixin.data.catalog.rules import BasisKind
from suixin.data.catalog.tests import factories
from suixin.kit.actor import SYSTEM

LAWFUL = [
    ("中华人民共和国个人信息保护法", "", BasisKind.LAW), ("《统计法》（2024修正）", "", BasisKind.LAW),
    ("保守国家秘密法", "", BasisKind.LAW),
    ("民族区域自治法", "", BasisKind.LAW), ("《征信业管理条例》", "国务院令第631号", BasisKind.REGULATION),
    ("失业保险金申领发放办法", "国务院令第258号", BasisKind.REGULATION),
    ("城市市容和环境卫生管理条例", "国令第101号", BasisKind.REGULATION),
    ("国务院关于取消一批行政许可事项的决定", "国发〔2024〕1号", BasisKind.DECISION),
]
UNLAWFUL = [
    ("社会保险个人权益记录管理办法", "人社部令第14号", BasisKind.DEPARTMENT), ("民政部三定规定", "", BasisKind.DEPARTMENT),
    ("《四川省数据条例》", "", BasisKind.LOCAL), ("遂宁市城市管理条例", "", BasisKind.LOCAL), ("会议纪要", "", BasisKind.UNKNOWN),
    ("国务院关于印发政务信息资源共享管理暂行办法的通知", "国发〔2016〕51号", BasisKind.DEPARTMENT),
    ("四川省司法厅工作办法", "", BasisKind.LOCAL),
]


@pytest.mark.parametrize(("document", "number", "kind"), LAWFUL + UNLAWFUL)
def test_kind_of_a_basis_follows_from_name_and_number(document: str, number: str, kind: BasisKind) -> None:
    assert rules.kind_of_basis(document, number) is kind


@pytest.mark.parametrize(("document", "number", "kind"), UNLAWFUL)
def test_lesser_document_is_refused_with_what_to_do(document: str, number: str, kind: BasisKind) -> None:
    told = rules.basis_faults(document, number, "第三条")
    assert len(told) == 1
    assert "不能作为不予共享的依据" in told[0]
    assert "改为有条件共享" in told[0]


@settings(deadline=None)
@given(
    st.text(st.characters(categories=["Lo"]), min_size=1, max_size=20), st.sampled_from(["办法", "规定", "实施细则", "通知", "三定方案"])
)
def test_no_department_rule_is_ever_a_basis(name: str, ending: str) -> None:
    assert rules.kind_of_basis(name.replace("国务院令", "") + ending) not in rules.LAWFUL or "全国人" in name


@settings(deadline=None)
@given(st.builds(Stated, share_type=st.sampled_from(["unconditional", "conditional"]), basis_document=st.text(max_size=20)))
def test_only_withholding_is_wrong_for_want_of_a_basis(stated: Stated) -> None:
    assert rules.wrongs_of(stated) == []


@settings(deadline=None)
@given(st.builds(Stated, share_condition=st.text(max_size=3), share_scope=st.text(max_size=3), secrecy_assessment=st.text(max_size=3)))
def test_what_is_filled_in_is_never_a_gap(stated: Stated) -> None:
    for name, _ in rules.gaps_of(stated):
        assert not getattr(stated, name).strip()


def test_basis_needs_its_number_and_article() -> None:
    assert rules.basis_faults("征信业管理条例", "", "") == [
        "依据“征信业管理条例”缺少文号，请补上，例如国务院令第809号", "依据“征信业管理条例”缺少条款，请写到条，例如第十五条",
    ]
    assert rules.basis_faults("统计法", "", "第二十八条") == []


def test_circle_in_the_tree_is_named_at_each_of_its_codes() -> None:
    told = rules.category_faults({"307": "30701", "30701": "307", "3": "", "302": "9"})
    assert "不存在" in told.pop("302")
    assert "目 3 位" in told.pop("30701")
    assert "绕回" in told.pop("307")
    assert told == {}


def test_profiles_are_well_declared_and_unknown_keys_are_faults() -> None:
    assert {"sichuan", "general", "core"} <= extensions.profiles().keys()
    told = extensions.faults_of({"sichuan": {"secrecy": "绝密", "nothing": "x", "carriers": ["电子"]}, "mars": {}})
    assert len(told) == 3
    assert extensions.faults_of({"general": {"division": "510900", "records": 12}}) == []


@pytest.mark.parametrize("text", [
    "id: a\ntitle: b\nfields: {x: {title: X, type: text, colour: red}}", "id: a\ntitle: b\nfields: {x: {title: X}}",
])
def test_profile_with_unknown_keys_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="x"):
        extensions.parse(text)


@pytest.mark.django_db
def test_withheld_draft_on_a_department_rule_is_not_written() -> None:
    with pytest.raises(InvalidEntry, match="部门规章"):
        actions.propose_resource(factories.draft(share_type="withheld", basis_document="某部管理办法"), actor=SYSTEM)
    assert not Resource.objects.exists()


@pytest.mark.django_db
def test_entry_has_one_code_in_each_category_and_keeps_them() -> None:
    first = actions.propose_resource(factories.draft(further_categories=("201002", "102")[:1]), actor=SYSTEM)
    assert list(first.classifications.values_list("code", "is_primary")) == [("307001/00001", True), ("201002/00001", False)]
    assert actions.classify_resource(first, ["201002", "305001"], actor=SYSTEM) == ["305001/00001"]
    first.delete()
    second = actions.propose_resource(factories.draft(further_categories=("201002",)), actor=SYSTEM)
    assert set(Classification.objects.values_list("code", flat=True)) == {"307001/00002", "201002/00002"}
    assert second.code == "307001/00002"


@pytest.mark.django_db
def test_secret_item_never_enters_and_own_sharing_of_an_item_is_kept() -> None:
    with pytest.raises(InvalidEntry, match="涉密"):
        actions.propose_resource(factories.draft(items=(ItemSpec("a", "甲", ItemType.TEXT, is_secret=True),)), actor=SYSTEM)
    spec = ItemSpec(
        "a", "甲", ItemType.TEXT, share_type="withheld", withhold_reason="单个对象资料，统计法第二十八条",
        source_department=factories.BUREAU_USCC,
    )
    assert actions.propose_resource(factories.draft(items=(spec,)), actor=SYSTEM).contract.items == (spec,)


@pytest.mark.django_db
def test_metadata_is_revised_by_name_and_unknown_names_are_refused() -> None:
    resource = actions.propose_resource(factories.draft(), actor=SYSTEM)
    told = {"share_scope": "市级部门", "extension": {"sichuan": {"secrecy": "非涉密"}}, "source_department": factories.BUREAU_USCC}
    revised = actions.revise_proposal(resource, factories.ITEMS, actor=SYSTEM, metadata=told)
    assert (revised.share_scope, revised.source_department) == ("市级部门", factories.bureau())
    with pytest.raises(InvalidEntry, match="code"):
        actions.revise_proposal(revised, factories.ITEMS, actor=SYSTEM, metadata={"code": "x"})
    with pytest.raises(InvalidEntry, match="没有“other”"):
        actions.revise_proposal(revised, factories.ITEMS, actor=SYSTEM, metadata={"extension": {"sichuan": {"other": "x"}}})


@pytest.mark.django_db
def test_upper_tree_of_categories_is_there() -> None:
    assert str(Category.objects.get(code="201").parent) == "2 主题信息资源"


@pytest.mark.parametrize("reason", ["商业秘密", "某部管理办法第三条", "按《遂宁市管理办法》第三条", "《统计法》"])
def test_item_is_withheld_on_the_same_basis_as_an_entry(reason: str) -> None:
    spec = ItemSpec("a", "甲", ItemType.TEXT, share_type="withheld", withhold_reason=reason)
    assert "信息项“甲”单独设为不予共享" in rules.item_wrongs(spec)[0]
    assert rules.item_wrongs(replace(spec, withhold_reason="《统计法》第二十八条，单个对象资料")) == []


def test_personal_items_are_assessed_before_they_enter() -> None:
    stated = Stated(secrecy_assessment="1号", privacy_assessment="不涉及")
    name = ItemSpec("n", "姓名", ItemType.TEXT, level=Level.L3, mask="name", sensitive="person_name")
    assert [field for field, _ in rules.assessment_gaps(stated, [name])] == ["privacy_assessment"]
    assert rules.assessment_gaps(replace(stated, privacy_assessment="个保评1号"), [name]) == rules.assessment_gaps(stated) == []


@pytest.mark.django_db
@pytest.mark.parametrize("told", [
    {"share_type": "bogus"}, {"update_cycle": "77"}, {"share_condition": "长" * 501}, {"abstract": "有\0零"}, {"theme": 3},
    {"keywords": ("词" * 200,)}, {"format_category": "9"}, {"share_method": "pigeon"}, {"is_simulated": "yes"},
])
def test_values_that_do_not_fit_are_told_and_not_kept(told: dict[str, object]) -> None:
    with pytest.raises(InvalidEntry):
        actions.propose_resource(factories.draft("t", factories.ITEMS, **told), actor=SYSTEM)
    for wrong in ({"length": 10**12}, {"scale": 99}, {"unit": "长" * 99}, {"share_type": "x"}, {"is_key": "yes"}):
        item = replace(factories.ITEMS[2], **wrong)
        with pytest.raises(InvalidEntry):
            actions.propose_resource(factories.draft(items=(item,)), actor=SYSTEM)
    assert not Resource.objects.exists()


@pytest.mark.django_db
def test_nobody_publishes_without_the_assessments() -> None:
    resource = actions.propose_resource(factories.draft(secrecy_assessment=""), actor=SYSTEM)
    with pytest.raises(IncompleteEntry, match="保密风险评估编号"):
        actions.publish_resource(resource, actor=SYSTEM)
    published = actions.publish_resource(resource, actor=SYSTEM, assessed=factories.ASSESSED)
    assert published.secrecy_assessment == factories.ASSESSED.secrecy
