"""Items for tests: a complete guide, and who drafts and approves it."""

from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM
from suixin.services.items import actions
from suixin.services.items.actions import ItemDraft
from suixin.services.items.elements import Content
from suixin.services.items.models import Item

BASIC = "000120115001"
PHONE, COMPLAINT = "0825-2220001", "0825-2220002"
STEPS = [{"step_name": name, "step_days": days, "step_by": "窗口"} for name, days in (
    ("受理", 0), ("审查", 2), ("决定", 1), ("办结", 0), ("送达", 1),
)]
BASIC_CONTENT: Content = {
    "task_name": "人力资源服务许可", "task_type": "01",
    "by_law": "《人力资源市场暂行条例》第十八条：经营性人力资源服务机构从事职业中介活动的，应当依法申请许可。",
    "server_type": ["2"], "anticipate_day": 20, "anticipate_type": "1",
}
COMPLETE: Content = {
    "power_source": "1", "dept_type": "1", "project_type": "2", "promise_day": 5, "promise_type": "1",
    "accept_condition": "有明确的章程和管理制度；有开展业务必备的固定场所。", "special_procedure": "无", "handle_type": ["1", "2"],
    "limit_scene_num": 0, "limit_scene_explain": "无", "is_fee": False, "transact_addr": "市政务服务中心二楼（示例）",
    "transact_time": "工作日 9:00-12:00、13:30-17:00（示例）", "link_way": ["1", "3"], "link_phone": PHONE, "supervise_way": ["3"],
    "supervise_phone": COMPLAINT, "is_entry_center": True, "center_name": "市政务服务中心", "result_type": "1",
    "result_name": "人力资源服务许可证", "result_sample": "RLZY-2026", "is_online": True, "online_handle_depth": "4",
    "online_handle_url": "https://example.gov.cn/apply", "is_single_login": False, "app_is_single_login": False, "is_handle": False,
    "is_schedule": False, "is_express": False, "is_service_terminals": False, "corp_topic_type": ["06"], "keywords": "开中介；办人力公司",
    "materials": [
        {"material_name": "申请表", "material_type": "1", "material_format": "3", "is_need": "1", "source_type": "10",
         "form_guid": "SQB-01"},
        {"material_name": "营业执照", "material_type": "2", "material_format": "2", "is_need": "1", "source_type": "20", "is_exempt": True,
         "exempt_way": "1", "cert_type_code": "11100000MB03271699001"},
        {"material_name": "租赁合同", "material_type": "2", "material_format": "3", "is_need": "1", "source_type": "10",
         "example_guid": "YB-02", "situation": "租赁场所"},
    ],
    "questions": [{"question": "多久能拿证？", "answer": "受理后 5 个工作日内。"}], "steps": STEPS,
    "situations": [{"situation_name": "租赁场所", "situation_when": "场所来源 = '租赁'"}],
    "asks": [
        {"ask_name": "场所来源", "ask_text": "经营场所是自己的还是租的？", "ask_kind": "choice", "ask_choices": "自有；租赁"},
        {"ask_name": "专职人员", "ask_text": "有几名专职人员？", "ask_kind": "number"},
    ],
    "conditions": [{"condition_text": "有 3 名以上专职人员", "condition_when": "专职人员 >= 3", "condition_fault": "专职人员不足 3 名"}],
}
WHOLE: Content = {**BASIC_CONTENT, **COMPLETE}


def basic(code: str = BASIC, **more: object) -> Item:
    """A basic catalogue item in use."""
    item = actions.draft_item(ItemDraft(code, {**BASIC_CONTENT, "task_type": code[2:4], **more}), actor=SYSTEM)
    actions.publish_item(item, actor=SYSTEM, reason="测试")
    return Item.objects.get(pk=item.pk)


def implementation(place: Organisation, content: Content | None = None, code: str = BASIC, **more: object) -> Item:
    """An implementation list of that body, a draft, complete."""
    if not Item.objects.filter(code=code).exists():
        basic(code)
    told = {**(COMPLETE if content is None else content), **more}
    return actions.draft_item(ItemDraft(f"{place.uscc}3{code}", told), actor=SYSTEM)


def published(place: Organisation, **more: object) -> Item:
    """An implementation list in use."""
    item = implementation(place, {**COMPLETE, **more})
    actions.publish_item(item, actor=SYSTEM, reason="测试")
    return Item.objects.get(pk=item.pk)
