"""Labelled pairs of made-up tables: what the radar should find between them, and what it should leave alone.

Every name of a person or firm is made up; numbers of persons begin with 00, which no real one does.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.quality.radar import names, rules
from suixin.data.quality.radar.ranking import Ranker, fast_hash
from suixin.data.quality.radar.rules import EntryView, ItemView
from suixin.data.quality.radar.sketching import Sketcher

RANKER = Ranker(bytes(range(7, 39)), fast_hash())
Cells = Sequence[Any]  # of a made-up table


@dataclass(frozen=True)
class Col:
    """A column: name, cells, letter of its type."""

    name: str
    cells: Cells
    letter: str = "C"
    is_key: bool = False
    code_set: str = ""


@dataclass(frozen=True)
class Case:
    """Two tables and the names of the items that hold the same thing."""

    title: str
    left: tuple[Col, ...]
    right: tuple[Col, ...]
    same: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def view(pk: int, columns: Sequence[Col]) -> EntryView:
    """The table as the radar sees it after one batch."""
    specs = [
        ItemSpec(
            f"f{at}",
            one.name,
            ItemType(one.letter),
            60,
            2 if one.letter == "Y" else None,
            one.is_key,
            code_set=one.code_set,
        )
        for at, one in enumerate(columns)
    ]
    sketcher = Sketcher(Contract("", "t", "t", tuple(specs)), RANKER)
    sketcher.add(pa.table({spec.field: pa.array(list(one.cells)) for spec, one in zip(specs, columns, strict=True)}))
    facts = sketcher.facts()
    return EntryView(
        pk,
        tuple(
            ItemView(
                spec.field,
                spec.name,
                names.key_of(spec.name),
                rules.family_of(spec.type.value, spec.scale),
                spec.code_set,
                spec.is_key,
                facts[spec.field].is_telling,
                facts[spec.field].rows - facts[spec.field].nulls,
                facts[spec.field].sketch.distinct,
                facts[spec.field].sketch,
            )
            for spec in specs
        ),
    )


def _rng(seed: int) -> random.Random:
    return random.Random(seed)


def codes(n: int, seed: int = 1) -> list[str]:
    """Credit codes."""
    rng = _rng(seed)
    return [f"91510900MA{rng.randrange(10**8):08d}" for _ in range(n)]


def firms(n: int, seed: int = 2) -> list[str]:
    """Names of firms."""
    rng = _rng(seed)
    signs = "安博昌达恒宏嘉金凯隆茂宁鹏瑞盛泰通祥信兴旭永裕源远智中卓"
    trades = ["商贸", "建筑", "农业", "科技", "物流", "餐饮", "机械", "化工", "电子", "文化"]
    return [
        f"遂宁市{''.join(rng.sample(signs, 3))}{rng.choice(trades)}（{rng.choice(['船山', '安居', '射洪'])}）有限公司"
        for _ in range(n)
    ]


def people(n: int, seed: int = 3) -> list[str]:
    """Names of persons: few characters, many the same."""
    rng = _rng(seed)
    return [
        rng.choice("王李张刘陈杨赵黄周吴")
        + "".join(rng.choices("伟芳娜敏静丽强磊军洋勇艳杰娟涛", k=rng.choice((1, 2))))
        for _ in range(n)
    ]


def resident_ids(n: int, seed: int = 4) -> list[str]:
    """Numbers of persons, impossible ones."""
    rng = _rng(seed)
    return [f"00{rng.randrange(10**4):04d}19{rng.randrange(50, 99)}{rng.randrange(10**8):08d}" for _ in range(n)]


def phones(n: int, seed: int = 5) -> list[str]:
    """Telephone numbers."""
    rng = _rng(seed)
    return [f"10{rng.randrange(10**9):09d}" for _ in range(n)]


def addresses(n: int, seed: int = 6) -> list[str]:
    """Addresses."""
    rng = _rng(seed)
    return [
        f"{rng.choice(['船山', '安居', '蓬溪'])}区{rng.choice('东西南北中')}{rng.choice('山河湖')}路"
        f"{rng.randrange(1, 999)}号{rng.randrange(1, 40)}栋"
        for _ in range(n)
    ]


def days(n: int, seed: int = 7) -> list[str]:
    """Dates as texts."""
    rng = _rng(seed)
    return [f"20{rng.randrange(10, 24)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}" for _ in range(n)]


def plates(n: int, seed: int = 8) -> list[str]:
    """Number plates."""
    rng = _rng(seed)
    return [f"川J{rng.choice('ABCDEFGH')}{rng.randrange(10**4):04d}" for _ in range(n)]


def serial(n: int) -> list[int]:
    """1 to n."""
    return list(range(1, n + 1))


def pick(options: Sequence[str], n: int, seed: int = 9) -> list[str]:
    """Some of few."""
    return _rng(seed).choices(options, k=n)


def spoilt(cells: Sequence[str], share: float, spoil: Callable[[str], str], seed: int = 10) -> list[str]:
    """Some of the cells written another way."""
    rng = _rng(seed)
    return [spoil(cell) if rng.random() < share else cell for cell in cells]


N = 1_500
C, F, A, P, R, T, V = codes(N), firms(N), addresses(N), people(N), resident_ids(N), phones(N), plates(N)
DISTRICT = ["船山区", "安居区", "射洪市", "蓬溪县", "大英县"]
TOWNS = [f"{a}{b}镇" for a in "永新桂保老龙金回" for b in "兴桥花升池凤"]


def _register(n: int = N, **named: str) -> tuple[Col, ...]:
    told = {"code": "统一社会信用代码", "name": "企业名称", "address": "住所", "legal": "法定代表人"} | named
    return (
        Col(told["code"], C[:n], is_key=True),
        Col(told["name"], F[:n]),
        Col(told["address"], A[:n]),
        Col(told["legal"], P[:n]),
    )


CODE, NAME, ADDRESS, LEGAL = "统一社会信用代码", "企业名称", "住所", "法定代表人"
WHOLE = frozenset({(CODE, CODE), (NAME, NAME), (ADDRESS, ADDRESS), (LEGAL, LEGAL)})
CASES = (
    Case("the same register twice", _register(), _register(), WHOLE),
    Case("a part of it", _register(), _register(900), WHOLE),
    Case("a small part of it", _register(), _register(200), WHOLE),
    Case(
        "other names of the columns",
        _register(),
        _register(code="社会信用代码", name="单位名称", address="经营地址", legal="负责人"),
        frozenset({(CODE, "社会信用代码"), (NAME, "单位名称"), (ADDRESS, "经营地址"), (LEGAL, "负责人")}),
    ),
    Case(
        "columns named by initials",
        _register(),
        (Col("XYDM", C, is_key=True), Col("QYMC", F), Col("ZS", A)),
        frozenset({(CODE, "XYDM"), (NAME, "QYMC"), (ADDRESS, "ZS")}),
    ),
    Case(
        "small letters and half-width brackets",
        _register(),
        (
            Col(CODE, [one.lower() for one in C], is_key=True),
            Col(NAME, [one.replace("（", "(").replace("）", ")") for one in F]),
        ),
        frozenset({(CODE, CODE), (NAME, NAME)}),
    ),
    Case(
        "blanks within",
        _register(),
        (Col(NAME, spoilt(F, 0.7, lambda one: one[:3] + " " + one[3:])), Col("年度", pick(["2023", "2024"], N))),
        frozenset({(NAME, NAME)}),
    ),
    Case(
        "one value in five otherwise",
        _register(),
        (Col("商户名称", spoilt(F, 0.2, lambda one: one.replace("遂宁市", "")), is_key=True),),
        frozenset({(NAME, "商户名称")}),
    ),
    Case(
        "telephones with hyphens",
        (Col("联系电话", T, is_key=True), Col("姓名", P)),
        (Col("手机号", [f"{one[:3]}-{one[3:7]}-{one[7:]}" for one in T], is_key=True),),
        frozenset({("联系电话", "手机号")}),
    ),
    Case(
        "telephones as numbers",
        (Col("联系电话", T),),
        (Col("电话", [int(one) for one in T], "I"),),
        frozenset({("联系电话", "电话")}),
    ),
    Case(
        "persons of two offices",
        (Col("身份证号码", R, is_key=True), Col("家庭住址", A), Col("出生日期", days(N))),
        (Col("公民身份号码", R[:1000], is_key=True), Col("现住址", A[:1000]), Col("出生日期", days(N)[:1000])),
        frozenset({("身份证号码", "公民身份号码"), ("家庭住址", "现住址"), ("出生日期", "出生日期")}),
    ),
    Case(
        "vehicles",
        (Col("号牌号码", V, is_key=True), Col("车主", P)),
        (Col("车牌号", V[300:], is_key=True), Col("所有人", P[300:])),
        frozenset({("号牌号码", "车牌号")}),
    ),
    Case(
        "addresses under other names",
        (Col("房屋坐落", A, is_key=True),),
        (Col("标准地址", A[:800], is_key=True),),
        frozenset({("房屋坐落", "标准地址")}),
    ),
    Case(
        "half of them in common",
        (Col("楼盘地址", A[:1000]),),
        (Col("小区地址", A[400:]),),
        frozenset({("楼盘地址", "小区地址")}),
    ),
    Case(
        "registers without values that agree in items",
        tuple(Col(one.name, [], "C", one.is_key) for one in (*_register(), Col("经营范围", []))),
        tuple(Col(one.name, [], "C", one.is_key) for one in (*_register(), Col("经营范围", []))),
        WHOLE | {("经营范围", "经营范围")},
    ),
    Case(
        "an attribute by its code set",
        (*_register(), Col("企业类型代码", pick(["1100", "1200", "9100"], N), code_set="enterprise_type")),
        (*_register(), Col("企业类型代码", pick(["1100", "1200", "9100"], N), code_set="enterprise_type")),
        WHOLE | {("企业类型代码", "企业类型代码")},
    ),
    # nothing in common that means the same
    Case(
        "other firms",
        _register(),
        (Col(CODE, codes(N, 91), is_key=True), Col(NAME, firms(N, 92)), Col(LEGAL, people(N, 93))),
    ),
    Case(
        "penalties name firms of the register",
        _register(),
        (
            Col("处罚文号", [f"遂市监罚〔2024〕{i}号" for i in serial(4_000)], is_key=True),
            Col(CODE, pick(C, 4_000)),
            Col("罚款金额", [float(i % 97) for i in serial(4_000)], "B"),
        ),
    ),
    Case(
        "a column refers to a register under another name",
        (Col("地块编码", [f"D{i:08d}" for i in _rng(21).sample(range(10**8), 900)], is_key=True),),
        (Col("所在地块", pick([f"D{i:08d}" for i in _rng(21).sample(range(10**8), 900)], 6_000)),),
    ),
    Case(
        "a list of few of very many",
        (Col(NAME, firms(6_000, 51)), Col("年份", pick(["2023"], 6_000))),
        (Col(NAME, firms(6_000, 51)[:50]),),
    ),
    Case(
        "serial numbers",
        (Col("序号", serial(N), "I"), Col("路灯编号", [f"L{i}" for i in serial(N)])),
        (Col("序号", serial(900), "I"), Col("井盖类型", pick(["雨", "污"], 900))),
    ),
    Case(
        "serial numbers under names that differ",
        (Col("记录编码", serial(N), "I", is_key=True),),
        (Col("事项编码", serial(N), "I", is_key=True),),
    ),
    Case(
        "padded serial numbers",
        (Col("登记编号", [f"{i:012d}" for i in serial(N)], is_key=True),),
        (Col("受理编号", [f"{i:012d}" for i in serial(N)], is_key=True),),
    ),
    Case(
        "dates and flags",
        (Col("检查日期", days(N)), Col("是否合格", [True, False] * (N // 2), "L")),
        (Col("发证日期", days(N)), Col("是否注销", [True, False] * (N // 2), "L")),
    ),
    Case(
        "districts and sexes",
        (Col("所在区县", pick(DISTRICT, N)), Col("性别", pick(["男", "女"], N), code_set="sex")),
        (Col("所在区县", pick(DISTRICT, N)), Col("性别", pick(["男", "女"], N), code_set="sex")),
    ),
    Case(
        "townships",
        (Col("所属乡镇", pick(TOWNS, N)), Col("学生数", [i % 900 for i in serial(N)], "I")),
        (Col("所在乡镇", pick(TOWNS, N)), Col("床位数", [i % 900 for i in serial(N)], "I")),
    ),
    Case(
        "names of other persons",
        (Col("姓名", people(N, 31)), Col("学号", [f"S{i:07d}" for i in _rng(3).sample(range(10**7), N)], is_key=True)),
        (Col("姓名", people(N, 32)), Col("工号", [f"G{i:07d}" for i in _rng(4).sample(range(10**7), N)], is_key=True)),
    ),
    Case(
        "amounts and counts",
        (Col("补贴金额", [float(i % 500) for i in serial(N)], "B"), Col("户数", serial(N), "I")),
        (Col("罚没金额", [float(i % 500) for i in serial(N)], "B"), Col("户数", serial(N), "I")),
    ),
    Case(
        "years and industry codes",
        (
            Col("年度", pick([str(y) for y in range(1980, 2025)], N)),
            Col("行业代码", [f"{i % 970:04d}" for i in serial(N)]),
        ),
        (
            Col("年度", pick([str(y) for y in range(1980, 2025)], N)),
            Col("行业代码", [f"{i % 970:04d}" for i in serial(N)]),
        ),
    ),
    Case(
        "generic items without values",
        (Col("名称", [], "C", is_key=True), Col("地址", []), Col("备注", [])),
        (Col("名称", [], "C", is_key=True), Col("地址", []), Col("备注", [])),
    ),
    Case("one in ten in common", (Col("楼盘地址", A[:1000]),), (Col("小区地址", [*A[900:], *addresses(400, 77)]),)),
    Case(
        "same name, other things",
        (Col("设备编码", [f"E{i:08d}" for i in _rng(11).sample(range(10**8), N)], is_key=True),),
        (Col("设备编码", [f"K{i:08d}" for i in _rng(12).sample(range(10**8), N)], is_key=True),),
    ),
)
