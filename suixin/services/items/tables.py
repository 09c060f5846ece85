"""The lists below an item: materials, fees, questions and answers, steps, special procedures, situations, guidance.

English  belongs to one Chinese text: when that is written anew, the page shows Chinese until it is translated anew, never what is old
Source   standards/services.md 1.4.3, 1.4.4; situational guidance is ours: questions, conditions, situations by expression
"""

from suixin.services.items.elements import UNITS, Element, Kind, Table

_T, _L, _C, _N, _F, _A = Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.NUMBER, Kind.FLAG, Kind.FILE
MATERIAL_TYPES = {"1": "原件", "2": "复印件", "3": "原件和复印件"}
MATERIAL_FORMATS = {"1": "纸质", "2": "电子", "3": "纸质或电子"}
NEEDS = {"1": "必要", "2": "非必要", "3": "容缺后补"}
SOURCES = {"10": "申请人自备", "20": "政府部门核发", "99": "其他"}
EXEMPT_WAYS = {"1": "电子证照调用", "2": "数据核验", "3": "告知承诺", "4": "部门间流转"}
ASKED = {"choice": "单选", "flag": "是否", "number": "数字", "date": "日期", "text": "文字"}
SOUGHT_BY = {"person": "申请人的身份证号", "firm": "企业的统一社会信用代码"}

MATERIALS = Table("materials", "办理材料", "材料", "material_name", (
    Element("material_name", "材料名称", is_required=True, longest=200),
    Element("material_type", "材料类型", _C, MATERIAL_TYPES, is_required=True),
    Element("material_format", "材料形式", _C, MATERIAL_FORMATS, is_required=True),
    Element("is_need", "材料必要性", _C, NEEDS, is_required=True),
    Element("page_num", "纸质份数", _N), Element("page_format", "纸质规格", longest=60),
    Element("source_type", "来源渠道", _C, SOURCES, is_required=True), Element("source_explain", "来源渠道说明"),
    Element("by_law", "要求提供依据", longest=1_000), Element("accept_stand", "受理标准", longest=1_000),
    Element("fill_explain", "填报须知", longest=1_000),
    Element("form_guid", "空白表格", longest=200, hint="表格的名称，办事的人按它下载"),
    Element("form_file", "空白表格文件", _A, hint="不上传的，按下面的栏目或申请表的问题生成"),
    Element("example_guid", "示例样表", longest=200), Element("example_file", "示例样表文件", _A, hint="不上传的，用模拟数据生成"),
    Element("form_fields", "表格栏目", _L, longest=1_000, hint="这份表格要填什么，几项用分号隔开；留空则是申请表的问题"),
    Element("cert_type_code", "关联电子证照类型代码", longest=60),
    Element("is_exempt", "免提交", _F), Element("exempt_way", "免提交方式", _C, EXEMPT_WAYS),
    Element("is_tolerable", "可容缺", _F), Element("tolerate_days", "补正天数", _N),
    Element("situation", "适用情形", longest=100, hint="情形名称；所有情形都要的留空"),
))
FEES = Table("fees", "收费项目", "收费项目", "fee_name", (
    Element("fee_name", "收费项目", is_required=True, longest=200), Element("fee_stand", "收费标准", is_required=True, longest=1_000),
    Element("by_law", "收费依据", is_required=True, longest=1_000), Element("is_desc", "是否减免", _F),
    Element("desc_explain", "减免说明", longest=1_000),
))
QUESTIONS = Table("questions", "常见问题", "问答", "question", (
    Element("question", "问题", is_required=True), Element("answer", "回答", _L, is_required=True, longest=4_000),
))
STEPS = Table("steps", "办理流程", "环节", "step_name", (
    Element("step_name", "环节名称", is_required=True, longest=60),
    Element("step_days", "环节时限", _N, is_required=True, hint="0 为当场"),
    Element("step_unit", "环节时限单位", _C, UNITS), Element("step_by", "办理人", longest=100),
    Element("step_explain", "办理内容", longest=1_000),
))
SPECIALS = Table("specials", "特别程序时限", "特别程序", "special_name", (
    Element("special_name", "特别程序名称", is_required=True, longest=60),
    Element("special_days", "所需时间", _N, is_required=True), Element("special_unit", "时间单位", _C, UNITS),
    Element("special_explain", "说明", longest=1_000),
))
SITUATIONS = Table("situations", "情形", "情形", "situation_name", (
    Element("situation_name", "情形名称", is_required=True, longest=100), Element("situation_explain", "情形说明", longest=500),
    Element("situation_when", "何时适用", _L, longest=1_000, hint="条件式，用引导问题的名称，例如：房屋来源 = '租赁'"),
))
ASKS = Table("asks", "引导问题", "引导问题", "ask_name", (
    Element("ask_name", "问题名称", is_required=True, longest=40, hint="条件式里用的名称"),
    Element("ask_text", "问法", is_required=True, longest=200),
    Element("ask_kind", "答法", _C, ASKED, is_required=True), Element("ask_choices", "选项", longest=500, hint="几个选项用分号隔开"),
    Element("ask_hint", "提示", longest=300),
    Element("source_resource", "预填来源", longest=100, hint="信息资源的标识或代码；授权给本部门的，申请表按它预填"),
    Element("source_item", "来源信息项", longest=100, hint="资源里的哪一项"),
    Element("source_by", "按什么查", _C, SOUGHT_BY, hint="资源的主键须是它；申请人自己填的值不能用来查"),
), most=12)
CONDITIONS = Table("conditions", "引导条件", "条件", "condition_text", (
    Element("condition_text", "条件", is_required=True, longest=300, hint="说给申请人听，例如：年满 18 周岁"),
    Element("condition_when", "条件式", _L, is_required=True, longest=1_000),
    Element("condition_fault", "不满足时告知", longest=500),
), most=30)
ENGLISH = Table("english", "英文对照", "对照", "english_of", (
    Element("english_of", "中文原文", is_required=True, longest=1_000, hint="与指南里的文字完全相同：名称、材料、问题、选项、提示都可以"),
    Element("english_text", "英文", _L, is_required=True, longest=2_000),
), most=200)
TABLES: dict[str, Table] = {
    one.key: one for one in (MATERIALS, FEES, QUESTIONS, STEPS, SPECIALS, SITUATIONS, ASKS, CONDITIONS, ENGLISH)
}
