"""The elements of an item: key, title, kind, choices, who must state it; the lists below it (materials, fees ...).

Key      the name of the national exchange in snake case; `wire` gives it back (anticipate_day → anticipateDay)
Choices  code → word; where the standard's codes were only remembered, they are these and nowhere else
Content  a plain mapping of what an item states: key → text, int, bool, list of codes, or for a table a list of rows
Source   standards/services.md 1.2 and 1.4 (GB/T 39554.1, 39554.2); themes and life events after 国办发〔2025〕24号
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Row = dict[str, object]
Content = dict[str, object]


class Kind(StrEnum):
    """What the value of an element is."""

    TEXT = "text"
    LONG = "long"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    FILE = "file"  # an attachment of the item, by its uuid


@dataclass(frozen=True, slots=True)
class Element:
    """One element; `is_required` in what is published as implementation list or handling item."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    choices: Mapping[str, str] = field(default_factory=dict)
    is_required: bool = False
    longest: int = 500
    hint: str = ""

    @property
    def wire(self) -> str:
        """Its name in the national exchange."""
        return camel(self.key)


@dataclass(frozen=True, slots=True)
class Table:
    """A list below an item, row by row; `row` is what one is called, `name` the column that names it."""

    key: str
    title: str
    row: str
    name: str
    columns: tuple[Element, ...]
    most: int = 100

    @property
    def wire(self) -> str:
        """Its name in JSON."""
        return camel(self.key)

    def column(self, key: str) -> Element:
        """The column of that key."""
        return next(one for one in self.columns if one.key == key)


def camel(key: str) -> str:
    """snake_case as the exchange writes it."""
    head, *rest = key.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _numbered(words: str, start: int = 1, width: int = 1) -> dict[str, str]:
    return {f"{number:0{width}}": word for number, word in enumerate(words.split(), start)}


TYPES = {
    "01": "行政许可", "02": "行政处罚", "03": "行政强制", "04": "行政征收", "05": "行政给付", "06": "行政检查", "07": "行政确认",
    "08": "行政奖励", "09": "行政裁决", "10": "其他行政权力", "20": "公共服务",
}
ON_APPLICATION = frozenset({"01", "05", "07", "08", "09", "10", "20"})
LICENCE = "01"
LEVELS = _numbered("国家级 省级 市级 县级 镇级 村级")
POWER_SOURCES = _numbered("法定本级行使 上级下放 上级授权 同级授权 上级委托 同级委托")
DEPARTMENT_TYPES = _numbered("法定机关 授权组织 受委托组织")
SERVED = _numbered("自然人 企业法人 事业法人 社会组织法人 非法人企业 行政机关 其他组织")
PERSON, FIRMS = "1", frozenset("23456")
PROJECT_TYPES = {"1": "即办件", "2": "承诺件"}
AT_ONCE = "1"
HANDLE_TYPES = {"1": "窗口办理", "2": "网上办理", "3": "快递申请"}
UNITS = {"1": "工作日", "2": "自然日", "3": "小时", "4": "月", "5": "年"}
WAYS = _numbered("窗口 网络 电话 信件 邮件")
AREAS = _numbered("全国通办 全省通办 全市通办 全县通办 全镇通办 跨村（社区）通办")
DEPTHS = {"1": "Ⅰ级（信息发布）", "2": "Ⅱ级（网上预约、下载）", "3": "Ⅲ级（网上申请、预审）", "4": "Ⅳ级（全程网办）"}
RESULTS = {"1": "证照", "2": "批文", "3": "其他", "4": "无"}
CERTIFICATE, DOCUMENT, NO_RESULT = "1", "2", "4"
PERSON_THEMES = _numbered(
    "生育收养 户籍办理 民族宗教 教育科研 入伍服役 就业创业 设立变更 准营准办 抵押质押 职业资格 行政缴费 婚姻登记 优待抚恤 规划建设 "
    "住房保障 社会保障 社会救助 证件办理 交通出行 旅游观光 出境入境 消费维权 公共安全 司法公证 知识产权 环保绿化 文化体育 公用事业 "
    "医疗卫生 离职退休 死亡殡葬 其他", width=2,
)
FIRM_THEMES = _numbered(
    "设立变更 准营准办 资质认证 年检年审 税收财务 人力资源 社会保障 投资审批 融资信贷 抵押质押 商务贸易 招标拍卖 海关口岸 涉外服务 "
    "农林牧渔 国土和规划建设 交通运输 环保绿化 水务气象 医疗卫生 科技创新 文体教育 知识产权 民族宗教 质量技术 检验检疫 安全生产 "
    "公安消防 司法公证 公用事业 法人注销 档案文物 其他", width=2,
)
LIFE_EVENTS = _numbered("出生 教育 就业 生活 置业 出行 就医 救助 养老 身后", width=2)
FIRM_STAGES = _numbered("准入准营 招聘用工 纳税缴费 经营发展 工程建设 注销退出", width=2)

_T, _L, _C, _M, _N, _F, _D = Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.CHOICES, Kind.NUMBER, Kind.FLAG, Kind.DATE
BASIC, LIMITS, DOING, MONEY, PLACE, RESULT, ONLINE, FINDING, RIGHTS = (
    "基本信息", "办理时限", "条件与流程", "收费", "地点与联系", "审批结果", "网上办理与便利", "主题与说法", "权利与救济",
)
GROUPS: dict[str, tuple[Element, ...]] = {
    BASIC: (
        Element("task_name", "事项名称", is_required=True, longest=1_000),
        Element("summary", "一句话说明", longest=200, hint="办什么、谁来办，群众一看就懂"),
        Element("task_type", "事项类型", _C, TYPES, is_required=True),
        Element("by_law", "设定依据", _L, is_required=True, longest=8_000, hint="法规名称、条款和原文"),
        Element("power_source", "权力来源", _C, POWER_SOURCES, is_required=True),
        Element("dept_type", "实施主体性质", _C, DEPARTMENT_TYPES, is_required=True),
        Element("entrust_name", "委托部门", hint="受委托组织必填"),
        Element("other_dept", "联办机构"),
        Element("server_type", "服务对象", _M, SERVED, is_required=True),
        Element("local_catalog_code", "地方基本编码", longest=50), Element("local_task_code", "地方实施编码", longest=50),
        Element("town_code", "乡镇代码", longest=12), Element("town_name", "乡镇名称", longest=100),
        Element("village_code", "村居代码", longest=12), Element("village_name", "村居名称", longest=100),
        Element("plan_effective_date", "计划生效日期", _D), Element("plan_cancel_date", "计划取消日期", _D),
        Element("extend_field", "扩展字段", _L, longest=4_000, hint="JSON"),
    ),
    LIMITS: (
        Element("project_type", "办件类型", _C, PROJECT_TYPES, is_required=True),
        Element("anticipate_day", "法定办结时限", _N, is_required=True, hint="即办的写 0"),
        Element("anticipate_type", "法定办结时限单位", _C, UNITS, is_required=True),
        Element("anticipate_explain", "法定办结时限说明", longest=1_000),
        Element("promise_day", "承诺办结时限", _N, is_required=True, hint="即办的写 0，不长于法定时限"),
        Element("promise_type", "承诺办结时限单位", _C, UNITS, is_required=True),
        Element("promise_explain", "承诺办结时限说明", longest=1_000),
    ),
    DOING: (
        Element("accept_condition", "受理条件", _L, is_required=True, longest=8_000),
        Element("handle_flow", "办理流程说明", _L, longest=8_000),
        Element("special_procedure", "特别程序", _L, is_required=True, longest=2_000, hint="听证、检测、评审等；没有的写“无”"),
        Element("handle_type", "办理形式", _M, HANDLE_TYPES, is_required=True),
        Element("limit_scene_num", "到办事现场次数", _N, is_required=True),
        Element("limit_scene_explain", "必须现场办理原因", hint="次数为 0 时写“无”"),
        Element("limit_explain", "数量限制"),
        Element("is_exist_intermediary", "是否存在中介服务", _F), Element("service_type", "中介服务"),
    ),
    MONEY: (
        Element("is_fee", "是否收费", _F, is_required=True), Element("fee_basis", "收费依据", longest=1_000),
        Element("is_pay_online", "是否支持网上支付", _F),
    ),
    PLACE: (
        Element("transact_addr", "办理地点", is_required=True), Element("transact_time", "办理时间", is_required=True),
        Element("traffic_guide", "交通指引"),
        Element("link_way", "咨询方式", _M, WAYS, is_required=True),
        Element("link_phone", "咨询电话", is_required=True, longest=100, hint="带区号"),
        Element("supervise_way", "监督投诉方式", _M, WAYS, is_required=True),
        Element("supervise_phone", "监督投诉电话", is_required=True, longest=100, hint="带区号，不同于咨询电话"),
        Element("is_entry_center", "是否进驻政务大厅", _F, is_required=True), Element("center_name", "政务大厅名称"),
    ),
    RESULT: (
        Element("result_type", "审批结果类型", _C, RESULTS, is_required=True), Element("result_name", "审批结果名称"),
        Element("result_sample", "审批结果样本", hint="样本的名称、编号或地址"),
    ),
    ONLINE: (
        Element("is_online", "是否网办", _F, is_required=True), Element("online_handle_depth", "网办深度", _C, DEPTHS),
        Element("online_handle_url", "网办地址", longest=300),
        Element("is_single_login", "电脑端是否单点登录", _F, is_required=True), Element("link_addr", "电脑端跳转地址", longest=300),
        Element("app_is_single_login", "移动端是否单点登录", _F, is_required=True),
        Element("mobile_terminal_url", "移动端办理地址", longest=300),
        Element("is_handle", "是否通办", _F, is_required=True), Element("handle_area", "通办范围", _C, AREAS),
        Element("is_schedule", "是否支持预约", _F, is_required=True), Element("schedule_num", "每日可约量", _N),
        Element("schedule_rule", "预约规则"),
        Element("is_express", "是否支持物流快递", _F, is_required=True), Element("is_mail_material", "材料可寄送", _F),
        Element("is_mail_result", "结果可寄送", _F),
        Element("is_service_terminals", "是否支持自助终端", _F, is_required=True),
        Element("is_promise", "是否告知承诺", _F), Element("is_tolerance", "是否容缺受理", _F),
    ),
    FINDING: (
        Element("keywords", "通俗说法", _L, longest=500, hint="群众怎么说，几个说法用分号隔开"),
        Element("user_topic_type", "自然人主题", _M, PERSON_THEMES), Element("corp_topic_type", "法人主题", _M, FIRM_THEMES),
        Element("user_character_topic_type", "自然人地方特色主题"), Element("corp_character_topic_type", "法人地方特色主题"),
        Element("life_event", "人生事项", _M, LIFE_EVENTS), Element("firm_stage", "企业阶段", _M, FIRM_STAGES),
    ),
    RIGHTS: (
        Element("right_enjoy_by_law", "申请人依法享有的权利", _L, longest=2_000),
        Element("duty_perform_by_law", "申请人依法履行的义务", _L, longest=2_000),
        *(
            Element(f"administrative_{key}_{part}", f"{word}{name}")
            for key, word in (("review", "行政复议"), ("litigation", "行政诉讼"))
            for part, name in (("dept", "部门"), ("addr", "地址"), ("phone", "电话"), ("url", "网址"))
        ),
    ),
}
ELEMENTS: dict[str, Element] = {one.key: one for group in GROUPS.values() for one in group}
