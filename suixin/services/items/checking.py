"""What forbids a guide to be published: every element that is missing, every value that is wrong, the ten rules; pure.

Shape    `faults_of(content)`: content as it would be published; each fault names its element and says what to write
Unreal   the eight elements of 服务不实用 (name, basis, conditions, materials, place, time, telephone, process) are required
Source   standards/services.md 1.4 (required elements), 1.5 (ten rules), 5.2 (服务不实用)
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from suixin.services.items import elements as e
from suixin.services.items import guidance, rules
from suixin.services.items.elements import Element, Kind, Table
from suixin.services.items.stated import Content, codes_of, is_empty, number_of, rows_of, text_of
from suixin.services.items.tables import TABLES

MAX_NUMBER = 1_000_000
FROM_ABOVE = ("task_name", "task_type", "by_law", "server_type")  # what the basic catalogue itself has to state
PAPERS = ("form_guid", "example_guid", "form_file", "example_file")
LICENCE_STEPS = ("受理", "审查", "决定", "办结", "送达")
_PHONE = re.compile(r"0[0-9]{2,3}-[0-9]{5,8}(-[0-9]{1,6})?")
_SPLIT = re.compile(r"[;；、,，/\s]+")
_PLAIN = frozenset({Kind.TEXT, Kind.LONG})
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]{3,290}")
_ADDRESSES = (
    "online_handle_url", "link_addr", "mobile_terminal_url", "administrative_review_url", "administrative_litigation_url",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one element: its key, row of its table from 1 (0: none) and column, and a sentence."""

    element: str
    sentence: str
    row: int = 0
    column: str = ""


def faults_of(content: Content, *, tier: rules.Tier = rules.Tier.HANDLING) -> list[Fault]:
    """Everything that forbids publishing; empty when the guide is complete. The basic catalogue has less to state."""
    found = [*faults_of_values(content), *_missing(content, tier)]
    if tier is not rules.Tier.BASIC:
        for check in _CHECKS:
            found += check(content)
    return found


def faults_of_values(content: Content) -> list[Fault]:
    """What may not even be kept as a draft: unknown elements, values of the wrong kind, words that are no choice."""
    found: list[Fault] = []
    for key, value in content.items():
        if key in TABLES:
            found += _of_table(TABLES[key], value)
        elif key in e.ELEMENTS:
            if sentence := fault_of_value(e.ELEMENTS[key], value):
                found.append(Fault(key, sentence))
        else:
            found.append(Fault(key, f"没有名为“{key[:40]}”的要素；请对照要素表改正"))
    return found


def fault_of_value(element: Element, value: object) -> str:
    """A sentence on what is wrong with a value of that element; empty when nothing is."""
    if element.kind in _PLAIN and isinstance(value, str) and len(value) <= element.longest:
        return ""  # nearly all of them: a file of 2,000 items has some 300,000
    title = f"“{element.title}”"
    match element.kind:
        case Kind.FLAG:
            return "" if isinstance(value, bool) else f"{title}应为是或否"
        case Kind.NUMBER:
            right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER
            return "" if right else f"{title}应为 0 至 {MAX_NUMBER:,} 的整数"
        case Kind.CHOICES:
            if not isinstance(value, list) or any(not isinstance(one, str) for one in value):
                return f"{title}应为几个选项"
            return next((_no_choice(element, one) for one in value if one not in element.choices), "")
    if not isinstance(value, str):
        return f"{title}应为文字"
    if element.kind is Kind.FILE:
        return "" if not value or _UUID.fullmatch(value) else f"{title}应在事项页上传，不能填写文字"
    if len(value) > element.longest:
        return f"{title}不超过 {element.longest:,} 个字，现有 {len(value):,} 个"
    if element.kind is Kind.CHOICE and value and value not in element.choices:
        return _no_choice(element, value)
    if element.kind is Kind.DATE and value:
        return _fault_of_day(title, value)
    return ""


def _fault_of_day(title: str, value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        return f"{title}应写成 2026-01-31 的样子，现为“{value[:20]}”"
    return ""


def _no_choice(element: Element, value: str) -> str:
    return f"“{element.title}”没有“{value[:30]}”这个选项；可选 {'、'.join(f'{key} {word}' for key, word in element.choices.items())}"


def _of_table(table: Table, rows: object) -> Iterator[Fault]:
    if not isinstance(rows, list) or any(not isinstance(row, Mapping) for row in rows):
        yield Fault(table.key, f"“{table.title}”应为一张表")
        return
    if len(rows) > table.most:
        yield Fault(table.key, f"“{table.title}”最多 {table.most} 行，现有 {len(rows)} 行；请合并")
        return
    columns = {one.key: one for one in table.columns}
    for number, row in enumerate(rows, 1):
        for key, value in row.items():
            column = columns.get(key)
            sentence = fault_of_value(column, value) if column else f"“{table.title}”没有“{str(key)[:40]}”这一列"
            if sentence:
                yield Fault(table.key, f"{table.row} {number}：{sentence}", number, key)


def _missing(content: Content, tier: rules.Tier) -> Iterator[Fault]:
    for one in e.ELEMENTS.values():
        wanted = one.key in FROM_ABOVE if tier is rules.Tier.BASIC else one.is_required
        if wanted and is_empty(content.get(one.key)):
            yield Fault(one.key, f"缺少“{one.title}”；请填写")
    for table in TABLES.values():
        for number, row in enumerate(rows_of(content, table.key), 1):
            name = str(row.get(table.name, "")) or str(number)
            for column in table.columns:
                if column.is_required and is_empty(row.get(column.key)):
                    yield Fault(table.key, f"{table.row}“{name[:40]}”缺少“{column.title}”；请填写", number, column.key)


def _at_once(content: Content) -> Iterator[Fault]:
    """Rule 1: promised at once if and only if it is an item done at once."""
    kind, promise = text_of(content, "project_type"), number_of(content, "promise_day")
    if not kind or promise is None:
        return
    if kind == e.AT_ONCE and promise != 0:
        yield Fault("promise_day", "“办件类型”是即办件，“承诺办结时限”应为 0（即办）；否则请改为承诺件")
    if kind != e.AT_ONCE and promise == 0:
        yield Fault("project_type", "“承诺办结时限”为 0（即办），“办件类型”应为即办件；否则请写明承诺时限")


def _scene(content: Content) -> Iterator[Fault]:
    """Rules 2 to 4: why somebody must come; who need not come can send or apply online; wholly online means nobody comes."""
    times, why = number_of(content, "limit_scene_num"), text_of(content, "limit_scene_explain")
    if times is None:
        return
    if times > 0 and why in ("", "无"):
        yield Fault("limit_scene_explain", f"“到办事现场次数”为 {times}，应写明“必须现场办理原因”")
    if times == 0 and why != "无":
        yield Fault("limit_scene_explain", "“到办事现场次数”为 0，“必须现场办理原因”应写“无”")
    if times == 0 and content.get("is_online") is False and "3" not in codes_of(content, "handle_type"):
        yield Fault("handle_type", "不到现场又不支持网办，“办理形式”应包含快递申请")
    if text_of(content, "online_handle_depth") == "4" and times != 0:
        yield Fault("limit_scene_num", "“网办深度”为Ⅳ级（全程网办），“到办事现场次数”应为 0")


def _fees(content: Content) -> Iterator[Fault]:
    """Rule 5: a fee has basis, items with standards, and payment online or not; without a fee nothing is paid online."""
    rows = rows_of(content, "fees")
    if content.get("is_fee") is True:
        if not text_of(content, "fee_basis"):
            yield Fault("fee_basis", "“是否收费”为是，应填写“收费依据”")
        if not rows:
            yield Fault("fees", "“是否收费”为是，应填写“收费项目”和“收费标准”")
        if not isinstance(content.get("is_pay_online"), bool):
            yield Fault("is_pay_online", "“是否收费”为是，应说明“是否支持网上支付”")
    if content.get("is_fee") is False:
        if content.get("is_pay_online") is True:
            yield Fault("is_pay_online", "“是否收费”为否，“是否支持网上支付”不能为是")
        if rows:
            yield Fault("fees", "“是否收费”为否，“收费项目”应为空")
    for number, row in enumerate(rows, 1):
        if row.get("is_desc") is True and not text_of(row, "desc_explain"):
            yield Fault("fees", f"收费项目“{text_of(row, 'fee_name')}”有减免，应填写“减免说明”", number, "desc_explain")


def _telephones(content: Content) -> Iterator[Fault]:
    """Rule 6: the telephones of advice and of complaint differ, and have their area codes."""
    held = {key: _numbers(text_of(content, key)) for key in ("link_phone", "supervise_phone")}
    for key, numbers in held.items():
        for number in numbers:
            if not _PHONE.fullmatch(number):
                yield Fault(key, f"“{e.ELEMENTS[key].title}”的“{number[:30]}”应带区号，写成 0825-1234567 的样子")
    if same := sorted(set(held["link_phone"]) & set(held["supervise_phone"])):
        yield Fault("supervise_phone", f"“监督投诉电话”与“咨询电话”相同（{same[0]}）；应当不同")


def _numbers(text: str) -> list[str]:
    return [part for part in _SPLIT.split(text) if part]


def _themes(content: Content) -> Iterator[Fault]:
    """Rule 7: themes of persons and of firms go with whom the item serves."""
    served = set(codes_of(content, "server_type"))
    if not served:
        return
    for key, is_served, who in (
        ("user_topic_type", e.PERSON in served, "自然人"), ("corp_topic_type", bool(served & e.FIRMS), "法人"),
    ):
        title, told = e.ELEMENTS[key].title, codes_of(content, key)
        if is_served and not told:
            yield Fault(key, f"“服务对象”含{who}，应选择“{title}”")
        if not is_served and told:
            yield Fault(key, f"“服务对象”不含{who}，“{title}”应为空")


def _steps(content: Content) -> Iterator[Fault]:
    """Rule 8: a licence has a question answered and the five steps; steps together keep the promise."""
    rows = rows_of(content, "steps")
    if not rows:
        yield Fault("steps", "缺少“办理流程”；请逐个环节填写")
    if text_of(content, "task_type") == e.LICENCE:
        if not rows_of(content, "questions"):
            yield Fault("questions", "行政许可应至少有 1 条“常见问题”")
        named = "、".join(text_of(row, "step_name") for row in rows)
        if rows and (missing := [one for one in LICENCE_STEPS if one not in named]):
            yield Fault("steps", f"行政许可的“办理流程”应含受理、审查、决定、办结、送达，缺少 {'、'.join(missing)}")
    promise, unit = number_of(content, "promise_day"), text_of(content, "promise_type") or "1"
    days = [(number_of(row, "step_days"), text_of(row, "step_unit") or unit) for row in rows]
    if promise is not None and rows and all(amount is not None for amount, _ in days):
        total = sum(rules.working_days(amount or 0, of) for amount, of in days)
        if total > rules.working_days(promise, unit) + 1e-9:
            yield Fault("steps", f"“办理流程”各环节时限合计约 {total:g} 个工作日，长于“承诺办结时限”；请核对")


def _result(content: Content) -> Iterator[Fault]:
    """Rule 9: a named result has a sample; 证 is a certificate, 批复 a document."""
    kind, name = text_of(content, "result_type"), text_of(content, "result_name")
    if kind and kind != e.NO_RESULT and not name:
        yield Fault("result_name", f"“审批结果类型”为{e.RESULTS.get(kind, kind)}，应填写“审批结果名称”")
    if kind == e.NO_RESULT and name:
        yield Fault("result_type", f"有“审批结果名称”（{name}），“审批结果类型”不能为无")
    if name and not text_of(content, "result_sample"):
        yield Fault("result_sample", f"审批结果“{name}”应有“审批结果样本”")
    if name.endswith("证") and kind != e.CERTIFICATE:
        yield Fault("result_type", f"审批结果“{name}”是证，“审批结果类型”应为证照")
    if name.endswith("批复") and kind != e.DOCUMENT:
        yield Fault("result_type", f"审批结果“{name}”是批复，“审批结果类型”应为批文")


def _limits(content: Content) -> Iterator[Fault]:
    """Rule 10: the promise is not longer than the law's limit, both in one unit."""
    law, promise = number_of(content, "anticipate_day"), number_of(content, "promise_day")
    units = text_of(content, "anticipate_type"), text_of(content, "promise_type")
    if law is None or promise is None or not all(units):
        return
    if rules.is_longer((promise, units[1]), (law, units[0])):
        told = f"{promise} {e.UNITS.get(units[1], '')}长于法定的 {law} {e.UNITS.get(units[0], '')}"
        yield Fault("promise_day", f"“承诺办结时限”{told}；承诺应不长于法定时限（换算为同一单位后）")


def _materials(content: Content) -> Iterator[Fault]:
    """There are materials; each has a form, a sample, or is not asked for at all; what may come later has its days."""
    rows = rows_of(content, "materials")
    if not rows:
        yield Fault("materials", "缺少“办理材料”；请至少填写一份")
    situations = {text_of(row, "situation_name") for row in rows_of(content, "situations")}
    names = [text_of(row, "material_name") for row in rows]
    for number, row in enumerate(rows, 1):
        name = names[number - 1]
        if not any(text_of(row, key) for key in PAPERS) and row.get("is_exempt") is not True:
            sentence = f"材料“{name}”应有“空白表格”或“示例样表”，或者免提交"
            yield Fault("materials", sentence, number, "form_guid")
        if row.get("is_exempt") is True and not text_of(row, "exempt_way"):
            yield Fault("materials", f"材料“{name}”免提交，应填写“免提交方式”", number, "exempt_way")
        if text_of(row, "exempt_way") == "1" and not text_of(row, "cert_type_code"):
            yield Fault("materials", f"材料“{name}”调用电子证照，应填写“关联电子证照类型代码”", number, "cert_type_code")
        if row.get("is_tolerable") is True and not number_of(row, "tolerate_days"):
            yield Fault("materials", f"材料“{name}”可容缺，应填写“补正天数”", number, "tolerate_days")
        if (one := text_of(row, "situation")) and one not in situations:
            yield Fault("materials", f"材料“{name}”的适用情形“{one}”不在“情形”表里", number, "situation")
        if name and (name, row.get("situation")) in [(names[at], rows[at].get("situation")) for at in range(number - 1)]:
            yield Fault("materials", f"材料“{name}”列了两次；请合并", number, "material_name")
    tolerable = any(row.get("is_tolerable") is True for row in rows)
    if content.get("is_tolerance") is True and not tolerable:
        yield Fault("is_tolerance", "“是否容缺受理”为是，应至少有一份材料可容缺")
    if content.get("is_tolerance") is False and tolerable:
        yield Fault("is_tolerance", "有可容缺的材料，“是否容缺受理”应为是")


# what one element asks of another: (element, its value, what must then be stated, in words)
_THEN: Sequence[tuple[str, object, str, str]] = (
    ("dept_type", "3", "entrust_name", "“实施主体性质”为受委托组织"), ("is_entry_center", True, "center_name", "已进驻政务大厅"),
    ("is_handle", True, "handle_area", "支持通办"), ("is_online", True, "online_handle_depth", "支持网办"),
    ("is_online", True, "online_handle_url", "支持网办"), ("is_schedule", True, "schedule_rule", "支持预约"),
    ("is_single_login", True, "link_addr", "电脑端支持单点登录"), ("is_exist_intermediary", True, "service_type", "存在中介服务"),
    ("app_is_single_login", True, "mobile_terminal_url", "移动端支持单点登录"),
)


def _consequences(content: Content) -> Iterator[Fault]:
    """What one statement asks for beside it; addresses are addresses; dates follow one another."""
    for key, value, then, words in _THEN:
        if content.get(key) == value and is_empty(content.get(then)):
            yield Fault(then, f"{words}，应填写“{e.ELEMENTS[then].title}”")
    if content.get("is_express") is True and not (content.get("is_mail_material") or content.get("is_mail_result")):
        yield Fault("is_express", "支持物流快递，“材料可寄送”“结果可寄送”应至少有一项为是")
    if text_of(content, "online_handle_depth") and content.get("is_online") is False:
        yield Fault("online_handle_depth", "不支持网办，“网办深度”应为空")
    for key in _ADDRESSES:
        if (text := text_of(content, key)) and not _ADDRESS.fullmatch(text):
            yield Fault(key, f"“{e.ELEMENTS[key].title}”应是 http:// 或 https:// 开头的网址")
    first, last = text_of(content, "plan_effective_date"), text_of(content, "plan_cancel_date")
    if first and last and last <= first:
        yield Fault("plan_cancel_date", "“计划取消日期”应晚于“计划生效日期”")


def _guidance(content: Content) -> Iterator[Fault]:
    """Questions, conditions and situations fit together."""
    for element, row, column, sentence in guidance.faults_of(content):
        yield Fault(element, sentence, row, column)


_CHECKS = (
    _at_once, _scene, _fees, _telephones, _themes, _steps, _result, _limits, _materials, _consequences, _guidance,
)
