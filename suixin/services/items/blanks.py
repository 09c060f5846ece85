"""Blank forms and filled samples made from what a material's form asks: DOCX, where its department uploaded none.

Asked    the material's own columns (表格栏目), their types told by how they end; else the questions of the item's application form
Sample   values of the generator of synthetic data, marked 模拟数据; numbers have right check characters and belong to nobody
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from suixin.data.catalog.bounds import Bounds
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.generators.papers import Paper, Part, docx
from suixin.data.catalog.generators.sample_rows import MARK, example_of, rows, text_of
from suixin.ground.forms.declaration import Field, FieldType
from suixin.services.items.stated import rows_of
from suixin.services.items.stated import text_of as stated

_ENDINGS: Sequence[tuple[tuple[str, ...], FieldType]] = (
    (("身份证号", "身份证号码"), FieldType.RESIDENT_ID), (("信用代码",), FieldType.CREDIT_CODE), (("手机", "电话"), FieldType.MOBILE),
    (("日期",), FieldType.DATE), (("人数", "份数", "数量"), FieldType.INTEGER), (("金额", "（元）"), FieldType.DECIMAL),
    (("账号",), FieldType.BANK_CARD), (("邮箱",), FieldType.EMAIL), (("事项", "说明", "内容", "理由"), FieldType.LONG_TEXT),
)
_SENSITIVE = {
    FieldType.RESIDENT_ID: "resident_id", FieldType.CREDIT_CODE: "uscc", FieldType.MOBILE: "mobile", FieldType.EMAIL: "email",
}
_WORDS: Sequence[tuple[tuple[str, ...], str]] = (
    (("地址", "坐落", "住址", "所在地"), "示例市示例区示例路 1 号"), (("银行",), "示例银行示例支行"), (("机构",), "示例机构"),
    (("单位", "医院", "学校"), "示例单位"),
    (("名称",), "示例商贸有限公司"), (("范围",), "食品销售；餐饮服务"), (("账号",), "9999 9999 9999 9999"),
)
BY_HAND = "（请按实际情况填写）"
SIGNED = (
    "本人（单位）声明：以上内容和所附材料真实、有效，愿意承担相应责任。",
    "签名（盖章）：                日期：      年    月    日",
)
_PERSON = (("申请人姓名", FieldType.TEXT), ("申请人身份证号", FieldType.RESIDENT_ID), ("联系手机", FieldType.MOBILE),
           ("联系地址", FieldType.TEXT))
_FIRM = (("单位名称", FieldType.TEXT), ("统一社会信用代码", FieldType.CREDIT_CODE), ("法定代表人姓名", FieldType.TEXT),
         ("经办人姓名", FieldType.TEXT), ("经办人手机", FieldType.MOBILE))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a form beside its questions."""

    title: str
    item: str
    code: str
    version: int
    hint: str = ""


def of_columns(text: str) -> list[Field]:
    """The fields that a list of columns names."""
    names = [one.strip() for one in text.replace("；", ";").split(";") if one.strip()]
    return [Field(f"f{number}", name[:100], _type_of(name)) for number, name in enumerate(names, 1)]


def of_applicant(content: Mapping[str, object], *, is_person: bool) -> list[Field]:
    """Who applies, and the item's own questions on the situation."""
    told = _PERSON if is_person else _FIRM
    who = [Field(f"a{number}", label, kind, is_required=True) for number, (label, kind) in enumerate(told, 1)]
    kinds = {"choice": FieldType.CHOICE, "flag": FieldType.YES_NO, "number": FieldType.INTEGER, "date": FieldType.DATE}
    asks = [
        Field(f"q{number}", stated(row, "ask_text"), kinds.get(stated(row, "ask_kind"), FieldType.TEXT), hint=stated(row, "ask_hint"),
              options={one: one for one in _parts(stated(row, "ask_choices"))} or None)
        for number, row in enumerate(rows_of(content, "asks"), 1)
    ]
    return [*who, *asks]


def blank(sheet: Sheet, fields: Sequence[Field]) -> bytes:
    """The form to be filled in by hand or on a computer."""
    return docx(_paper(sheet, [_answer(one, "") for one in fields], fields, note=""))


def sample(sheet: Sheet, fields: Sequence[Field]) -> bytes:
    """The same, filled in with synthetic data."""
    values = values_of(fields)
    return docx(_paper(sheet, [_answer(one, values[one.name]) for one in fields], fields, note=f"{MARK}：供对照填写，不能用于申请。"))


def values_of(fields: Sequence[Field]) -> dict[str, str]:
    """A synthetic answer to each question, the same every time."""
    typed = [one for one in fields if one.type in _SENSITIVE or one.label.endswith("姓名")]
    specs = tuple(ItemSpec(one.name, one.label, ItemType.TEXT, 30, sensitive=_SENSITIVE.get(one.type, "person_name")) for one in typed)
    row = rows(Contract("", "sample", "样表", specs), 1)[0] if specs else {}
    return {one.name: text_of(row[one.name]) if one.name in row else _value_of(one) for one in fields}


def _value_of(field: Field) -> str:
    if field.type in (FieldType.CHOICE, FieldType.CHOICES) and field.options:
        return next(iter(field.options.values()))
    make: Mapping[FieldType, Callable[[], str]] = {
        FieldType.YES_NO: lambda: "是",
        FieldType.INTEGER: lambda: _number(field, ItemType.INTEGER), FieldType.DECIMAL: lambda: _number(field, ItemType.NUMBER),
        FieldType.DATE: lambda: example_of(ItemSpec("f", field.label, ItemType.DATE)),
    }
    if field.type in make:
        return make[field.type]()
    return next((text for endings, text in _WORDS if field.label.endswith(endings)), BY_HAND)


def _number(field: Field, kind: ItemType) -> str:
    least = field.least if isinstance(field.least, int) else 1
    most = field.most if isinstance(field.most, int) else least + 11
    return example_of(ItemSpec("f", field.label, kind, 9, 2 if kind is ItemType.NUMBER else None), Bounds(least, most))


def _type_of(name: str) -> FieldType:
    return next((kind for endings, kind in _ENDINGS if name.endswith(endings)), FieldType.TEXT)


def _answer(field: Field, value: str) -> str:
    """The cell to the right: boxes to tick, else the value."""
    names = {"是": "是", "否": "否"} if field.type is FieldType.YES_NO else field.options
    if field.type in (FieldType.CHOICE, FieldType.CHOICES, FieldType.YES_NO) and names:
        return "    ".join(f"{'☑' if label == value else '□'} {label}" for label in names.values())
    return value


def _paper(sheet: Sheet, answers: Sequence[str], fields: Sequence[Field], *, note: str) -> Paper:
    told = [note, f"事项：{sheet.item}（{sheet.code}，第 {sheet.version} 版）", f"填报须知：{sheet.hint}" if sheet.hint else ""]
    rows_ = [(f"{one.label}{'' if one.is_required else '（选填）'}", answer, one.hint) for one, answer in zip(fields, answers, strict=True)]
    return Paper(sheet.title, (
        Part(lines=[one for one in told if one]), Part(head=("栏目", "填写", "说明"), rows=rows_, widths=(0.3, 0.45, 0.25)),
        Part(lines=SIGNED),
    ), is_upright=True)


def _parts(text: str) -> list[str]:
    return [one.strip() for one in text.replace("；", ";").split(";") if one.strip()]
