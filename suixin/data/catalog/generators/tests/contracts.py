"""Contracts for the tests of generators: one of everything, and whatever hypothesis thinks of."""

from hypothesis import strategies as st

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level, Rule

ITEMS = (
    ItemSpec("uscc", "统一社会信用代码", ItemType.TEXT, 18, is_key=True, nullable=False, sensitive="uscc"),
    ItemSpec("name", "=cmd|' /C calc'!A0", ItemType.TEXT, 50, nullable=False, description="按营业执照填写"),
    ItemSpec("sex", "性别", ItemType.TEXT, 1, code_set="GB/T 2261.1", level=Level.L2),
    ItemSpec("nation", "民族", ItemType.TEXT, 16, code_set="GB/T 3304", level=Level.L2, mask="name"),
    ItemSpec("amount", "注册资本", ItemType.MONEY, 18, 2, unit="万元"),
    ItemSpec("people", "人数", ItemType.INTEGER, 6),
    ItemSpec("start", "开始日期", ItemType.DATE), ItemSpec("end", "结束日期", ItemType.DATE),
    ItemSpec("at", "更新时间", ItemType.DATETIME), ItemSpec("is_valid", "是否有效", ItemType.BOOLEAN),
    ItemSpec("x", "经度", ItemType.DOUBLE), ItemSpec("place", "位置", ItemType.GEOMETRY), ItemSpec("note", "备注", ItemType.MEMO),
    ItemSpec("number", "身份证号", ItemType.TEXT, 18, sensitive="resident_id", level=Level.L4, mask="resident_id", is_sealed=True),
    ItemSpec("phone", "手机", ItemType.TEXT, 11, sensitive="mobile", level=Level.L3),
    ItemSpec("long", "x" * 64, ItemType.NUMBER, 38, 10),
)
RULES = (
    Rule("capital", "amount >= 0 AND people > 3", "注册资本不能为负"),
    Rule("order", '"end" >= start', "结束不早于开始"),
    Rule("since", "start >= DATE '2020-01-01' AND x BETWEEN 100 AND 110", "二〇二〇年以来"),
)
EVERYTHING = Contract("510900-307001/000001", "lamps", "路灯名录", ITEMS, RULES)
NOTHING = Contract("510900-307001/000002", "nothing", "空目录", ())

_NAMES = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=64)
_CODE_SETS = ("", "", "", "GB/T 2261.1", "GB/T 3304", "registration-state", "yes-no", "GB/T 4762")
_KINDS = ("", "", "resident_id", "uscc", "mobile", "person_name", "email")


@st.composite
def items(draw: st.DrawFn, place: int) -> ItemSpec:
    """An item of any type."""
    kind = draw(st.sampled_from(ItemType))
    is_text, is_number = kind in (ItemType.TEXT, ItemType.MEMO), kind in (ItemType.NUMBER, ItemType.MONEY)
    length = draw(st.none() | st.integers(1, 40)) if is_text else draw(st.none() | st.integers(1, 38 if is_number else 17))
    return ItemSpec(
        f"f{place}", draw(_NAMES), kind, length, draw(st.none() | st.integers(0, 6)) if is_number else None,
        is_key=draw(st.integers(0, 4)) == 0, nullable=draw(st.booleans()),
        code_set=draw(st.sampled_from(_CODE_SETS)) if kind is ItemType.TEXT else "",
        sensitive=draw(st.sampled_from(_KINDS)) if kind is ItemType.TEXT else "", unit=draw(st.sampled_from(("", "", "元", "公里"))),
    )


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """A contract of some items, with a plain rule over a number or a day where there is one."""
    made = tuple(draw(items(place)) for place in range(draw(st.integers(1, 8))))
    rules = []
    for item in made:
        if item.type is ItemType.INTEGER and draw(st.booleans()):
            rules.append(Rule(f"at-least-{item.field}", f"{item.field} >= {draw(st.integers(0, 9))}", "太小"))
        if item.type is ItemType.DATE and draw(st.booleans()):
            rules.append(Rule(f"since-{item.field}", f"{item.field} > DATE '{draw(st.dates())}'", "太早"))
    return Contract("510900-307001/000003", "made", "编出来的", made, tuple(rules))
