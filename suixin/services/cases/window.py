"""The application form at a window: the questions of the online form, who stands there before them, a checklist instead of uploads.

Form      `window-<row of the version>`, a family of `ground.forms`; `window-<row>-1-3` where questions 1 and 3 come filled in
Pages     who applies by the cards that the clerk has before him; then all that is asked, each material as it was handed over,
          delivery. Questions, what is said of values that came filled in, and proof of it are the online form's own fields
Filled in only when the clerk states that he saw the card and the person agrees, and never for an agent; for a firm only when
          who came may act for it by an agency in force, as online
"""

from collections.abc import Collection, Mapping

from suixin.ground.forms.errors import UnknownForm
from suixin.ground.forms.models import joined
from suixin.kit import clock
from suixin.kit.checksums import has_resident_check_char, is_uscc
from suixin.services.cases import asking, parties, rules
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.models import Application
from suixin.services.cases.opening import Applicant, Handed
from suixin.services.items.elements import Content, Row
from suixin.services.items.models import ItemVersion
from suixin.services.items.sources import sources_of
from suixin.services.items.stated import number_of, rows_of, text_of

FAMILY = "window"
SUBJECT = "cases.window"  # what a draft is about: the visit of the person
PERSON = ("who_name", "who_id", "mobile", "who_firm", "who_uscc", "guardian_name", "guardian_id")
AGENT = ("agent_name", "agent_id", "authority")
AGREED = "may_fill"
WRONG_NUMBER = "身份证号校验码不对，请逐位核对（18 位，末位可为 X）"
WRONG_CODE = "统一社会信用代码校验码不对，请逐位核对（18 位）"
PUT_RIGHT, SEEN = "不对，上面已改成申请人说的", "写当面看过的证件的名称、号码和日期；可以不写"
ASK = "请与申请人核对。不对的改成正确的：申请按改后的办，来源单位在 10 个工作日内核对，结果告诉申请人。"
ENGLISH = {
    PUT_RIGHT: "No, it was put right above as the applicant says",
    SEEN: "Name, number and date of the document that you were shown; optional",
    ASK: "Check with the applicant. Put right what is wrong: that counts for the application; the source checks within 10 working days.",
    "对": "Yes", "凭什么说不对": "On what ground", "证明的照片或扫描件": "Photograph or scan of a proof", "可以不传": "Optional",
    "谁来申请": "Who applies", "申请人": "Applicant", "申请人姓名": "Applicant's name", "请核对身份证原件。": "Check the original card.",
    "收件": "Take in", "企业": "Firm", "为企业申请时填写。": "If a firm applies.", "企业名称": "Name of the firm",
    "统一社会信用代码": "Unified social credit code",
    "代办人": "Agent", "申请人本人没有来时填写。": "If the applicant did not come.",
    "监护人": "Guardian", "申请人未满 18 周岁时填写。": "If the applicant is under 18.", "代办人姓名": "Agent's name",
    "代办人身份证号": "Agent's identity number", "委托书": "Written authority", "部门数据": "Data of departments",
    "申请人在网上授权过代办人的不用填；否则写查验过的委托书编号和有效期。":
        "Not needed if the applicant gave authority online; else number and term of the paper that you checked.",
    "已看过身份证件原件，申请人同意从部门数据填入": "I saw the original card, and the applicant agrees to be looked up",
    "同意，填入": "Agreed, fill in", "不填入，逐项询问": "Do not, ask each question",
    "申请内容": "Application", "材料核对": "Documents checked",
    "已收纸质": "Paper received", "复用以前交过的": "Known from before", "容缺（已签承诺书）": "To follow (promise signed)",
    "告知承诺（已签承诺书）": "On declaration (signed)", "未交": "Not handed in", "申请人当面声明属实": "So declared by the applicant here",
}


def slug_of(version: ItemVersion, prefilled: Collection[int] = ()) -> str:
    """The name of the form; `prefilled` are numbers of questions that come filled in."""
    return "-".join([FAMILY, str(version.pk), *map(str, sorted(prefilled))])


def declared(key: str) -> object:
    """The form of the version of that number, as a mapping. Raises UnknownForm."""
    version = asking.version_of(f"{FAMILY}-{key}")
    numbers = {int(one) for one in key.split("-")[1:] if one.isdecimal()}
    sourced = {one.number for one in sources_of(version.content)} if version is not None else set()
    if version is None or not numbers <= sourced or slug_of(version, numbers) != f"{FAMILY}-{key}":
        raise UnknownForm("没有这个事项的收件表；请从“窗口收件”进入。")
    content = version.content
    checklist = [_checked(f"m{number}", row) for number, row in enumerate(rows_of(content, "materials"), 1)]
    title = f"窗口收件：{text_of(content, 'task_name')}"[:200]
    form = {"id": f"{FAMILY}-{key}", "title": title, "button": "收件"}
    pages = [people(may_fill=bool(sourced)), matter([*asking.situation(content, numbers), *materials(checklist), ending()])]
    return {**form, "pages": pages, "english": asking.english(content, title) | ENGLISH}


def people(*, may_fill: bool) -> dict[str, object]:
    """The page on who applies and who came; `may_fill`: some questions come filled in when the person agrees."""
    number = {"type": "text", "sensitive": True, "mask": "resident_id", "pattern": asking.NUMBER, "pattern_hint": "18 位，末位可为 X"}
    name = {"type": "text", "max_length": 60, "sensitive": True, "mask": "name"}
    groups: list[dict[str, object]] = [
        {"id": "who", "title": "申请人", "fields": [
            {"name": "who_name", "label": "申请人姓名", "required": True, **name},
            {"name": "who_id", "label": "身份证号", "required": True, "hint": "请核对身份证原件。", **number},
            {"name": "mobile", "label": "联系手机", "type": "mobile", "required": True, "sensitive": True}]},
        {"id": "firm", "title": "企业", "hint": "为企业申请时填写。", "fields": [
            {"name": "who_firm", "label": "企业名称", "type": "text", "max_length": 120},
            {"name": "who_uscc", "label": "统一社会信用代码", "type": "text", "pattern": "[0-9A-Za-z]{18}",
             "pattern_hint": "18 位数字和字母"}]},
        {"id": asking.GUARDIAN, "title": "监护人", "hint": "申请人未满 18 周岁时填写。", "fields": [
            {"name": "guardian_name", "label": "监护人姓名", **name}, {"name": "guardian_id", "label": "监护人身份证号", **number}]},
        {"id": "agent", "title": "代办人", "hint": "申请人本人没有来时填写。", "fields": [
            {"name": "agent_name", "label": "代办人姓名", **name}, {"name": "agent_id", "label": "代办人身份证号", **number},
            {"name": "authority", "label": "委托书", "type": "text", "max_length": 200,
             "hint": "申请人在网上授权过代办人的不用填；否则写查验过的委托书编号和有效期。"}]},
    ]
    if may_fill:
        groups.append({"id": "data", "title": "部门数据", "fields": [
            {"name": AGREED, "label": "已看过身份证件原件，申请人同意从部门数据填入", "type": "choice", "required": True,
             "options": {"yes": "同意，填入", "no": "不填入，逐项询问"}}]})
    return {"id": "who", "title": "谁来申请", "groups": groups}


def matter(pages: Collection[Mapping[str, object]]) -> dict[str, object]:
    """All that is asked of the matter itself, as the groups of one page."""
    filled = {str(field["name"])[:-3] for one in pages for field in _fields(one) if _is_of_filled(field)}
    groups = [
        {"id": str(one["id"]).replace("-", "_"), "title": one["title"], "fields": [_worded(field, filled) for field in _fields(one)]}
        for one in pages
    ]
    return {"id": "matter", "title": "申请内容", "groups": groups}


def materials(checklist: list[dict[str, object]]) -> list[dict[str, object]]:
    """The group of the checklist, when there is anything on it."""
    return [{"id": "materials", "title": "材料核对", "fields": checklist}] if checklist else []


def checked(name: str, row: Row, *, is_needed: bool, told: str = "") -> dict[str, object]:
    """How one material was handed over, as a field; a note of what nobody hands in. `told`: when and for what it is needed."""
    title = text_of(row, "material_name")
    if asking.is_exempt(row):
        return {"name": name, "label": asking.exempt(row), "type": "note"}
    options = {MaterialState.PAPER.value: "已收纸质", MaterialState.REUSED.value: "复用以前交过的"}
    if asking.unhanded(row) == MaterialState.TOLERATED:
        options[MaterialState.TOLERATED.value] = "容缺（已签承诺书）"
        told = "；".join(filter(None, (told, f"容缺的受理后 {number_of(row, 'tolerate_days') or 10} 个工作日内补齐")))
    elif asking.unhanded(row) == MaterialState.PROMISED:
        options[MaterialState.PROMISED.value] = "告知承诺（已签承诺书）"
    options[MaterialState.MISSING.value] = "未交"
    field = {"name": name, "label": title[:100], "type": "choice", "options": options}
    return {**field, "required": is_needed, **({"hint": told[:500]} if told else {})}


def ending() -> dict[str, object]:
    """The group on delivery, with the statement made before the clerk."""
    page = asking.ending()
    fields = page["fields"]
    assert isinstance(fields, list)  # noqa: S101  asking made it
    told = [{**one, "options": {"agreed": "申请人当面声明属实"}} if one["name"] == "statement" else one for one in fields]
    return {**page, "fields": told}


def applicant_in(values: Mapping[str, object]) -> Applicant:
    """Who applies, as the clerk wrote it down."""
    name, number, mobile, firm, code, guardian, guardian_id = (str(values.get(key) or "").strip() for key in PERSON)
    return Applicant(
        firm or name, number.upper(), mobile, uscc=code.upper(), guardian=guardian, guardian_id=guardian_id.upper(),
    )


def is_by_agent(values: Mapping[str, object]) -> bool:
    """Whether somebody else came for the applicant."""
    return any(values.get(key) for key in AGENT)


def numbers_in(values: Mapping[str, object]) -> dict[str, str]:
    """By what a row about the applicant may be found: its own number, or the code of the firm that it may act for.

    None of who did not agree, or did not come.
    """
    who = applicant_in(values)
    if values.get(AGREED) != "yes" or is_by_agent(values):
        return {}
    if who.uscc:
        return {"firm": who.uscc} if parties.stands_for(who.id_number, who.uscc) else {}
    return {"person": who.id_number}


def faults_of(values: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with who applies, by field, without the full stop."""
    found = {name: WRONG_NUMBER for name in ("who_id", "guardian_id", "agent_id") if not _fits(values.get(name))}
    who = applicant_in(values)
    if not who.uscc and not found and (told := rules.fault_of_applicant(who.id_number, guardian=who.guardian, day=clock.today())):
        found["guardian_name"] = told.rstrip("。")
    if who.guardian and not who.guardian_id:
        found["guardian_id"] = "没有填，请填写"
    for one, other in (("who_firm", "who_uscc"), ("who_uscc", "who_firm")):
        if values.get(one) and not values.get(other):
            found[other] = "企业名称和统一社会信用代码要一起填"
    if who.uscc and not is_uscc(who.uscc):
        found["who_uscc"] = WRONG_CODE
    if is_by_agent(values):
        found |= {name: "本人没有来的，请填写代办人" for name in ("agent_name", "agent_id") if not values.get(name)}
    return found


def person_of(application: Application) -> dict[str, object]:
    """Who applies, of an earlier form of the same visit: a person, or a firm with who came for it. Consent is asked each time."""
    told = joined(application.submission) if application.submission is not None else {}
    return {name: told[name] for name in (*PERSON, *AGENT, "delivery", "address") if name in told}


def handed_in(content: Content, values: Mapping[str, object]) -> dict[int, Handed]:
    """The materials that are handed over at a window as they were, by number."""
    rows = enumerate(rows_of(content, "materials"), 1)
    return {number: handed(values.get(f"m{number}")) for number, row in rows if not asking.is_exempt(row)}


def handed(state: object) -> Handed:
    """One material as the checklist says; of which it says nothing, that is missing: a promise is signed or is not there."""
    return Handed(MaterialState(state) if isinstance(state, str) and state else MaterialState.MISSING)


def _fields(page: Mapping[str, object]) -> list[Mapping[str, object]]:
    fields = page["fields"]
    return [one for one in fields if isinstance(one, Mapping)] if isinstance(fields, list) else []


def _worded(field: Mapping[str, object], filled: Collection[str]) -> dict[str, object]:
    """What is said of a value that came filled in, in the words of the clerk who asks the person; any other field as it is."""
    name, options = str(field["name"]), field.get("options")
    if _is_of_filled(field) and isinstance(options, Mapping):
        return {**field, "options": {**options, asking.WRONG: PUT_RIGHT}, "hint": ASK}
    return {**field, "hint": SEEN} if name.endswith("_why") and name[:-4] in filled else dict(field)


def _is_of_filled(field: Mapping[str, object]) -> bool:
    """Whether the field asks if a value that came filled in is right."""
    options = field.get("options")
    return str(field["name"]).endswith("_is") and isinstance(options, Mapping) and asking.WRONG in options


def _checked(name: str, row: Row) -> dict[str, object]:
    situation = text_of(row, "situation")
    told = f"仅“{situation}”需要" if situation else ""
    return checked(name, row, is_needed=asking.is_needed(row) and not situation, told=told)


def _fits(number: object) -> bool:
    return not number or has_resident_check_char(str(number).upper())
