"""The application form of an item, made from the version that is published: one truth for guide, form and case.

Form      `apply-<row of the version>`, a family of `ground.forms`; a version never changes, so neither does its form
Pages     who applies (a person's own name and number are not asked: they come from its sign-in), the situation (questions of the
          guide), materials (uploads, but for what is 免提交), delivery and statement
Names     q1, q2 ... questions; m1, m2 ... materials, each in the order of the version
Prefilled `apply-<row>-1-3`: the same form where questions 1 and 3 come filled in; beside each one says whether that is right
          (`q1_is`), and if not why (`q1_why`) with proof (`q1_proof`)
"""

from collections.abc import Collection, Mapping

from suixin.ground.forms.errors import UnknownForm
from suixin.services.cases.attached import MaterialState
from suixin.services.items import guidance
from suixin.services.items.elements import Content, Row
from suixin.services.items.models import ItemVersion
from suixin.services.items.sources import sources_of
from suixin.services.items.stated import number_of, rows_of, text_of
from suixin.services.items.tables import EXEMPT_WAYS
from suixin.services.items.worded import english_of

FAMILY = "apply"
NEEDED, LATER = "1", "3"
BY_PROMISE = "3"
TYPES = ["jpeg", "png", "pdf", "ofd", "docx", "xlsx"]
NUMBER = "[0-9]{17}[0-9Xx]"
WRONG = "wrong"
_KINDS = {"choice": "choice", "flag": "yes-no", "number": "integer", "date": "date"}
DELIVERIES = {"window": "到窗口领取", "post": "邮寄", "electronic": "电子送达"}
NOT_YOURS = "已按登录时的信息填好。不对？直接改成正确的，我们会请来源单位核对，以您填的为准。"
PEOPLE, GUARDIAN = "联系方式和共同申请人", "guardian"  # title of the page on people, id of its group for minors
ENGLISH = {
    PEOPLE: "Contact and co-applicants", "联系方式": "Contact", "联系手机": "Mobile telephone", "提交申请": "Apply",
    "具体情况": "Your situation", "材料": "Documents",
    NOT_YOURS: "Filled in from your sign-in. Not right? Correct it: yours counts, and we ask the source to check.",
    "监护人（申请人未满 18 周岁时填写）": "Guardian (if the applicant is under 18)", "监护人姓名": "Guardian's name",
    "监护人身份证号": "Guardian's identity number", "18 位，末位可为 X": "18 digits, the last may be X",
    "共同申请人（需要几人一起签的填写）": "Co-applicants (if several must sign)", "共同申请人": "Co-applicant",
    "姓名": "Name", "身份证号": "Identity number", "可以不交": "Optional", "领取与声明": "Result and statement",
    "结果怎样领取": "How do you want the result?",
    "到窗口领取": "At the counter", "邮寄": "By post", "电子送达": "Electronically", "邮寄地址": "Postal address",
    "每份文件不超过 20 MB；可以先存为草稿，换一天再传。": "At most 20 MB a file; save a draft and go on another day if you like.",
    "以上内容和材料真实、有效，愿意承担相应责任": "All of this is true and valid, and I answer for it", "我声明属实": "I so declare",
}


def slug_of(version: ItemVersion, prefilled: Collection[int] = ()) -> str:
    """The name of the form; `prefilled` are numbers of questions that come filled in."""
    return "-".join([FAMILY, str(version.pk), *map(str, sorted(prefilled))])


def version_of(slug: str) -> ItemVersion | None:
    """The version whose form has that name."""
    key = slug.partition("-")[2].partition("-")[0]
    return ItemVersion.objects.select_related("item__organisation").filter(pk=int(key)).first() if key.isdecimal() else None


def declared(key: str) -> object:
    """The form of the version of that number, as a mapping. Raises UnknownForm."""
    version = version_of(f"{FAMILY}-{key}")
    numbers = {int(one) for one in key.split("-")[1:] if one.isdecimal()}
    is_known = version is not None and numbers <= {one.number for one in sources_of(version.content)}
    if version is None or not is_known or slug_of(version, numbers) != f"{FAMILY}-{key}":
        raise UnknownForm("没有这个事项的申请表；请从办事指南进入。")
    content = version.content
    pages = [people(), *situation(content, numbers), *_materials(content), ending()]
    title = f"申请：{text_of(content, 'task_name')}"[:200]
    return {"id": f"{FAMILY}-{key}", "title": title, "button": "提交申请", "pages": pages, "english": english(content, title)}


def english(content: Content, title: str) -> dict[str, str]:
    """The form's own words and the item's in English."""
    items = english_of(content)
    name = items.get(text_of(content, "task_name"), "")
    fetched = {
        exempt(row): f"{told}: fetched by us" for row in rows_of(content, "materials")
        if (told := items.get(text_of(row, "material_name")))
    }
    return {**ENGLISH, **items, **fetched, **({title: f"Apply: {name}"} if name else {})}


def is_exempt(row: Row) -> bool:
    """Whether a material is not asked for: fetched, verified, handed between departments (免提交)."""
    return row.get("is_exempt") is True and text_of(row, "exempt_way") != BY_PROMISE


def is_needed(row: Row) -> bool:
    """Whether a case cannot do without it from the beginning."""
    return text_of(row, "is_need") == NEEDED and row.get("is_tolerable") is not True


def is_optional(row: Row) -> bool:
    """Whether a case can do without it for good."""
    return text_of(row, "is_need") not in (NEEDED, LATER)


def answers_of(content: Content, values: Mapping[str, object]) -> dict[str, object]:
    """What was answered, by name of the question, typed as the guidance reads it."""
    posted = {f"{guidance.PREFIX}{number}": _posted(values.get(f"q{number}")) for number, _ in enumerate(rows_of(content, "asks"), 1)}
    return guidance.answers_of(content, posted)[0]


def kept_of(content: Content, values: Mapping[str, object]) -> dict[str, object]:
    """The answers that situations are judged by again."""
    return judged(content, answers_of(content, values))


def judged(content: Content, answers: Mapping[str, object]) -> dict[str, object]:
    """The answers without texts and without what data fill in, unless a situation names it: those stand in the submission, sealed."""
    asks = rows_of(content, "asks")
    texts = {text_of(row, "ask_name") for row in asks if text_of(row, "ask_kind") == "text"}
    sourced = {text_of(asks[one.number - 1], "ask_name") for one in sources_of(content)} - guidance.named_by_situations(content)
    return {name: value for name, value in answers.items() if name not in texts | sourced}


def question(row: Row, name: str) -> dict[str, object]:
    """A question of a guide as a field of that name."""
    kind = _KINDS.get(text_of(row, "ask_kind"), "text")
    field: dict[str, object] = {"name": name, "label": text_of(row, "ask_text")[:100], "type": kind, "required": True}
    if hint := text_of(row, "ask_hint"):
        field["hint"] = hint
    if kind == "choice":
        field["options"] = guidance.choices_of(row)
    return field


def restored(content: Content, kept: Mapping[str, object]) -> dict[str, object]:
    """Answers as they are kept with an application, typed again; what cannot be read counts as not answered."""
    posted = {
        f"{guidance.PREFIX}{number}": _posted(kept.get(text_of(row, "ask_name"))) for number, row in enumerate(rows_of(content, "asks"), 1)
    }
    return guidance.answers_of(content, posted)[0]


def unhanded(row: Row) -> MaterialState:
    """How a material stands of which nothing was handed in."""
    if is_exempt(row):
        return MaterialState.FETCHED
    if row.get("is_exempt") is True:
        return MaterialState.PROMISED
    may_wait = row.get("is_tolerable") is True or text_of(row, "is_need") == LATER
    return MaterialState.TOLERATED if may_wait else MaterialState.MISSING


def _posted(value: object) -> str:
    return "" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def people() -> dict[str, object]:
    """The page on who applies, with whom."""
    return {"id": "who", "title": PEOPLE, "groups": [
        {"id": "who", "title": "联系方式", "fields": [
            {"name": "mobile", "label": "联系手机", "type": "mobile", "required": True, "sensitive": True,
             "hint": NOT_YOURS},
        ]},
        {"id": GUARDIAN, "title": "监护人（申请人未满 18 周岁时填写）", "fields": [
            {"name": "guardian_name", "label": "监护人姓名", "type": "text", "max_length": 60, "sensitive": True},
            {"name": "guardian_id", "label": "监护人身份证号", "type": "text", "sensitive": True, "mask": "resident_id", "pattern": NUMBER,
             "pattern_hint": "18 位，末位可为 X"},
        ]},
        {"id": "cosigners", "title": "共同申请人（需要几人一起签的填写）", "repeat": {"min": 0, "max": 10, "row": "共同申请人"}, "fields": [
            {"name": "cosigner_name", "label": "姓名", "type": "text", "required": True, "max_length": 60, "sensitive": True},
            {"name": "cosigner_id", "label": "身份证号", "type": "text", "required": True, "sensitive": True, "mask": "resident_id",
             "pattern": NUMBER, "pattern_hint": "18 位，末位可为 X"},
        ]},
    ]}


def situation(content: Content, prefilled: Collection[int]) -> list[dict[str, object]]:
    """The page of the guide's questions, when it asks any."""
    fields: list[dict[str, object]] = []
    sourced = {one.number for one in sources_of(content)}
    for number, row in enumerate(rows_of(content, "asks"), 1):
        fields += asked_fields(row, number, is_sourced=number in sourced, is_prefilled=number in prefilled)
    return [{"id": "situation", "title": "具体情况", "fields": fields}] if fields else []


def asked_fields(row: Row, number: int, *, is_sourced: bool, is_prefilled: bool) -> list[dict[str, object]]:
    """A question of a guide as the fields q1 ... of a form, with what one may say of it when it came filled in."""
    field = question(row, f"q{number}")
    return sourced_fields(field, text_of(row, "ask_text"), is_prefilled=is_prefilled) if is_sourced else [field]


def sourced_fields(field: Mapping[str, object], asked: str, *, is_prefilled: bool) -> list[dict[str, object]]:
    """A question that data may fill in, sealed whoever answers it, with what one may say of it when it came filled in."""
    return [{**field, "sensitive": True}, *(_said(str(field["name"]), asked) if is_prefilled else [])]


def _said(name: str, asked: str) -> list[dict[str, object]]:
    """What one may say of a value that came filled in."""
    when = f"{name}_is = '{WRONG}'"
    return [
        {"name": f"{name}_is", "label": f"上面“{asked[:60]}”填的对吗", "type": "choice",
         "options": {"right": "对", WRONG: "不对，上面已改成正确的，我来说明"},
         "hint": "不对的直接改成正确的：您的申请按您填的办，来源单位在 10 个工作日内核对，结果告诉您。"},
        {"name": f"{name}_why", "label": "凭什么说不对", "type": "text", "max_length": 300, "sensitive": True, "when": when,
         "hint": "例如证件的名称、号码和日期；可以不写"},
        {"name": f"{name}_proof", "label": "证明的照片或扫描件", "type": "file", "types": TYPES, "max_files": 3, "max_size": "20MB",
         "when": when, "hint": "可以不传"},
    ]


def _materials(content: Content) -> list[dict[str, object]]:
    fields = [_material(number, row) for number, row in enumerate(rows_of(content, "materials"), 1)]
    hint = "每份文件不超过 20 MB；可以先存为草稿，换一天再传。"
    return [{"id": "materials", "title": "材料", "hint": hint, "fields": fields}] if fields else []


def _material(number: int, row: Row) -> dict[str, object]:
    name, situation = text_of(row, "material_name"), text_of(row, "situation")
    if is_exempt(row):
        return {"name": f"m{number}", "label": exempt(row), "type": "note"}
    told = [text_of(row, "fill_explain"), f"仅“{situation}”需要" if situation else ""]
    if row.get("is_tolerable") is True:
        told.append(f"可以先不交，受理后 {number_of(row, 'tolerate_days') or 10} 个工作日内补齐")
    elif text_of(row, "is_need") != NEEDED:
        told.append("可以不交")
    hint = "；".join(part for part in told if part)[:500]
    return {
        "name": f"m{number}", "label": name[:100], "type": "file", "types": TYPES, "max_files": 5, "max_size": "20MB",
        "required": is_needed(row) and not situation and not row.get("is_exempt"), **({"hint": hint} if hint else {}),
    }


def exempt(row: Row) -> str:
    """A material that nobody hands in, with how it comes."""
    return f"{text_of(row, 'material_name')}：免提交（{EXEMPT_WAYS.get(text_of(row, 'exempt_way'), '由部门核验')}）"


def ending() -> dict[str, object]:
    """The page on delivery, with the statement."""
    return {"id": "end", "title": "领取与声明", "fields": [
        {"name": "delivery", "label": "结果怎样领取", "type": "choice", "required": True, "options": DELIVERIES},
        {"name": "address", "label": "邮寄地址", "type": "text", "required": True, "sensitive": True, "when": "delivery = 'post'"},
        {"name": "statement", "label": "以上内容和材料真实、有效，愿意承担相应责任", "type": "choice", "required": True,
         "options": {"agreed": "我声明属实"}},
    ]}
