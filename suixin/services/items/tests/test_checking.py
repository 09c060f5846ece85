"""What forbids publishing: each rule of services.md 1.5, each required element, each fault naming its element."""

import pytest

from suixin.services.items import checking, guidance
from suixin.services.items.elements import ELEMENTS
from suixin.services.items.guidance import Standing
from suixin.services.items.rules import Tier
from suixin.services.items.tests.factories import BASIC_CONTENT, PHONE, WHOLE

FEE = {"is_fee": True, "fee_basis": "川发改价格〔示例〕1号", "is_pay_online": True, "fees": [
    {"fee_name": "工本费", "fee_stand": "10 元/证", "by_law": "川发改价格〔示例〕1号"},
]}


def faults(**changed: object) -> dict[str, str]:
    """Element → sentence of a whole guide with these elements otherwise (None: not stated)."""
    content = {key: value for key, value in {**WHOLE, **changed}.items() if value is not None}
    return {one.element: one.sentence for one in reversed(checking.faults_of(content))}


def material(**changed: object) -> list[dict[str, object]]:
    first = {**WHOLE["materials"][0], **changed}  # type: ignore[index]  # a list of rows
    return [{key: value for key, value in first.items() if value is not None}]


def test_whole_guide_has_no_fault():
    assert faults() == {}
    assert faults(**FEE) == {}


@pytest.mark.parametrize("key", [one.key for one in ELEMENTS.values() if one.is_required])
def test_required_element_is_missed_by_name(key):
    assert ELEMENTS[key].title in faults(**{key: None})[key]


@pytest.mark.parametrize(("changed", "element", "told"), [
    ({"project_type": "1"}, "promise_day", "应为 0"), ({"promise_day": 0}, "project_type", "即办件"),
    ({"limit_scene_num": 1, "online_handle_depth": "3"}, "limit_scene_explain", "原因"),
    ({"limit_scene_explain": "核验原件"}, "limit_scene_explain", "应写“无”"),
    ({"is_online": False, "online_handle_depth": None, "handle_type": ["1"]}, "handle_type", "快递"),
    ({"limit_scene_num": 1, "limit_scene_explain": "核验原件"}, "limit_scene_num", "Ⅳ级"),
    ({"is_fee": True}, "fee_basis", "收费依据"), ({"is_fee": True}, "fees", "收费标准"), ({"is_fee": True}, "is_pay_online", "网上支付"),
    ({"is_pay_online": True}, "is_pay_online", "不能为是"), ({"fees": FEE["fees"]}, "fees", "应为空"),
    ({"link_phone": "2220001"}, "link_phone", "区号"), ({"supervise_phone": PHONE}, "supervise_phone", "相同"),
    ({"corp_topic_type": []}, "corp_topic_type", "法人"), ({"user_topic_type": ["01"]}, "user_topic_type", "应为空"),
    ({"server_type": ["1", "2"]}, "user_topic_type", "自然人"), ({"questions": []}, "questions", "常见问题"),
    ({"steps": WHOLE["steps"][:3]}, "steps", "办结、送达"), ({"steps": []}, "steps", "办理流程"),  # type: ignore[index]  # a list
    ({"promise_day": 3}, "steps", "长于"), ({"result_sample": None}, "result_sample", "样本"),
    ({"result_type": "2"}, "result_type", "证照"), ({"result_name": "准予许可批复"}, "result_type", "批文"),
    ({"result_name": None}, "result_name", "结果名称"), ({"promise_day": 31, "promise_type": "2"}, "promise_day", "长于法定"),
    ({"materials": []}, "materials", "办理材料"), ({"materials": material(form_guid=None)}, "materials", "空白表格"),
    ({"materials": material(is_exempt=True)}, "materials", "免提交方式"),
    ({"materials": material(is_exempt=True, exempt_way="1")}, "materials", "电子证照"),
    ({"materials": material(is_tolerable=True)}, "materials", "补正天数"),
    ({"materials": material(situation="没有的")}, "materials", "不在“情形”表里"), ({"is_tolerance": True}, "is_tolerance", "容缺"),
    ({"dept_type": "3"}, "entrust_name", "委托"), ({"center_name": None}, "center_name", "大厅"),
    ({"is_handle": True}, "handle_area", "通办"), ({"online_handle_url": None}, "online_handle_url", "网办"),
    ({"online_handle_url": "javascript:alert(1)"}, "online_handle_url", "网址"), ({"is_schedule": True}, "schedule_rule", "预约"),
    ({"is_express": True}, "is_express", "寄送"), ({"nonsense": "x"}, "nonsense", "没有名为"),
    ({"is_single_login": True}, "link_addr", "单点登录"), ({"plan_effective_date": "明天"}, "plan_effective_date", "2026-01-31"),
    ({"plan_effective_date": "2026-05-01", "plan_cancel_date": "2026-04-01"}, "plan_cancel_date", "晚于"),
    ({"asks": [{"ask_name": "甲", "ask_text": "甲？", "ask_kind": "choice", "ask_choices": "是"}]}, "asks", "两个选项"),
    ({"conditions": [{"condition_text": "乙", "condition_when": "没问过 = 1"}]}, "conditions", "条件式"),
])
def test_rule_is_told_at_its_element(changed, element, told):
    assert told in faults(**changed)[element]


def test_value_of_a_wrong_kind_is_told():
    assert "整数" in faults(promise_day="五天")["promise_day"]
    assert "是或否" in faults(is_fee="否")["is_fee"]
    assert "没有“9”这个选项" in faults(dept_type="9")["dept_type"]
    assert "一张表" in faults(materials="身份证")["materials"]


def test_basic_catalogue_has_less_to_state():
    assert checking.faults_of(BASIC_CONTENT, tier=Tier.BASIC) == []
    assert [one.element for one in checking.faults_of({"task_name": "甲"}, tier=Tier.BASIC)] == ["task_type", "by_law", "server_type"]


def test_guidance_tells_which_condition_failed_and_which_is_open():
    refused = guidance.judge(WHOLE, {"专职人员": 2})
    assert (refused.standing, [one.fault for one in refused.failing]) == (Standing.NOT, ["专职人员不足 3 名"])
    assert guidance.judge(WHOLE, {}).standing is Standing.TENTATIVE
    eligible = guidance.judge(WHOLE, {"专职人员": 3, "场所来源": "租赁"})
    assert (eligible.standing, eligible.situations) == (Standing.ELIGIBLE, ["租赁场所"])
    assert [row["material_name"] for row in eligible.materials] == ["申请表", "营业执照", "租赁合同"]
    assert len(guidance.judge(WHOLE, {"专职人员": 3, "场所来源": "自有"}).materials) == 2


def test_answers_are_typed_or_told_why_not():
    answers, wrong = guidance.answers_of(WHOLE, {"a1": "租赁", "a2": "三"})
    assert answers == {"场所来源": "租赁"}
    assert "不是整数" in wrong["a2"]
