"""Law and arithmetic of the catalogue: resource codes, what an entry must state, what its items must be.

Sources  政务信息资源目录编制指南(试行) 2017 (code structure, 13 core metadata), 国务院令第809号 art. 13-15
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level, WriteMode
from suixin.data.catalog.drafts import Stated

CATEGORY_PATTERN = re.compile(r"[1-3]\d{2}\d{3}\d*")
FIELD_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,63}")
TABLE_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,79}")
MAX_ITEMS = 4096
PERSONAL = frozenset({"resident_id", "mobile", "landline", "bank_card", "passport", "person_name", "address", "email", "plate"})
NOT_CONCERNED = frozenset({"不涉及", "不适用", "无", "-", "—", "/"})


def resource_code(category: str, sequence: int) -> str:
    """The code of the `sequence`-th resource (from 1) of a category, e.g. "307001/00012".

    Source  guide of 2017: class 1 + item 2 + subitem 3 + detail n, "/", sequence; five digits are our choice.
    """
    if not CATEGORY_PATTERN.fullmatch(category):
        raise ValueError(f"{category!r} is not a category: class(1) item(2) subitem(3) detail(0..n), class 1 to 3")
    return f"{category}/{sequence:05d}"


def keyed(contract: Contract) -> Contract:
    """The contract with what follows from its key: key items are never empty; with a key upsert, without append."""
    items = tuple(replace(item, nullable=False) if item.is_key else item for item in contract.items)
    return replace(contract, items=items, write_mode=write_mode_of(contract))


def write_mode_of(contract: Contract) -> WriteMode:
    """Upsert when there is a key, as the current state is unique by it; append when there is none."""
    return WriteMode.UPSERT if contract.key else WriteMode.APPEND


def faults_of(contract: Contract) -> list[str]:
    """Sentences on everything that forbids the contract to be published; empty when it may."""
    return [*_table_faults(contract), *_item_faults(contract), *_key_faults(contract)]


def may_be_opened(contract: Contract) -> list[str]:
    """Sentences on what forbids opening to the public; empty when nothing does.

    Source  个人信息保护法 art. 25 (no publication of personal information), standards/data.md 4.1: L1 is public.
    """
    faults = [
        f"信息项“{item.name}”属于敏感类型({item.sensitive})"
        for item in contract.items
        if item.sensitive and item.level > Level.L1
    ]
    faults += [
        f"信息项“{item.name}”为 L{item.level} 级,仅 L1 可无条件开放"
        for item in contract.items
        if Level.L1 < item.level < Level.IMPORTANT and not item.sensitive
    ]
    faults += [f"信息项“{item.name}”是重要数据,任何情况下都不开放" for item in contract.items if item.level is Level.IMPORTANT]
    if contract.floor > Level.L1:
        faults.append(f"整张表定级为{contract.floor.title},不能开放")
    return faults


def regrading(contract: Contract, *, rows: int, threshold: int) -> Level | None:
    """The level that so many persons in one table propose for the table as a whole; None when it stands high enough.

    Source  GB/T 43697-2024 6.6 and annex J (aggregation), standards/data.md 4.1: 就高从严, from 1,000,000 persons on
    """
    holds_persons = any(item.sensitive in PERSONAL and item.level > Level.L1 for item in contract.items)
    if not holds_persons or rows < threshold or contract.level is Level.IMPORTANT:
        return None
    return Level.IMPORTANT


def faults_of_item(item: ItemSpec) -> Iterator[str]:
    """Sentences on everything that forbids the item, whatever its entry."""
    if not FIELD_PATTERN.fullmatch(item.field):
        yield f"信息项“{item.name}”的字段名“{item.field}”应以小写字母开头,只含小写字母、数字、下划线,不超过 64 字"
    if not item.name.strip():
        yield f"字段“{item.field}”缺少中文名称"
    if item.scale is not None and item.type not in (ItemType.NUMBER, ItemType.MONEY):
        yield f"信息项“{item.name}”不是数值型或货币型,不应有小数位"
    if item.scale is not None and item.length is not None and item.scale > item.length:
        yield f"信息项“{item.name}”的小数位 {item.scale} 大于长度 {item.length}"
    if item.mask and item.level == Level.L1:
        yield f"信息项“{item.name}”设了脱敏规则,分级不应为 L1"
    if item.is_sealed and item.level == Level.L1:
        yield f"信息项“{item.name}”选了加密存储,分级不应为 L1(公开数据无须加密)"
    yield from item_wrongs(item)


def _table_faults(contract: Contract) -> Iterator[str]:
    if not TABLE_PATTERN.fullmatch(contract.table):
        yield f"数据表名“{contract.table}”应以小写字母开头,只含小写字母、数字、下划线,不超过 80 字"
    if not contract.title.strip():
        yield "信息资源名称不能为空"
    if not contract.items:
        yield "至少要有一个信息项"
    if len(contract.items) > MAX_ITEMS:
        yield f"信息项不能超过 {MAX_ITEMS} 个,现有 {len(contract.items)} 个"


def _item_faults(contract: Contract) -> Iterator[str]:
    for word, values in (("字段名", [i.field for i in contract.items]), ("信息项名称", [i.name for i in contract.items])):
        for value, times in Counter(values).items():
            if times > 1:
                yield f"{word}“{value}”出现了 {times} 次,应当唯一"
    for item in contract.items:
        yield from faults_of_item(item)


def _key_faults(contract: Contract) -> Iterator[str]:
    for item in contract.items:
        if item.is_key and item.type in (ItemType.MEMO, ItemType.GEOMETRY):
            yield f"信息项“{item.name}”的类型不能作主键"
        if item.is_key and item.nullable:
            yield f"主键信息项“{item.name}”不能为空,请取消“可空”"
    if contract.write_mode is not write_mode_of(contract):
        yield "有主键的目录写入方式应为 upsert(按主键更新)" if contract.key else "没有主键的目录写入方式应为 append(追加)"


# ---- what an entry states: sharing, opening, assessment (国务院令第809号 art. 13-15) ----


class BasisKind(StrEnum):
    """What kind of document a basis of 不予共享 is; only the first three may be one."""

    LAW = "法律"
    REGULATION = "行政法规"
    DECISION = "国务院决定"
    LOCAL = "地方性法规、规章或文件"
    DEPARTMENT = "部门规章或规范性文件"
    UNKNOWN = "无法识别的文件"


LAWFUL = frozenset({BasisKind.LAW, BasisKind.REGULATION, BasisKind.DECISION})
_NUMERALS = "零〇一二三四五六七八九十百千0-9"
_ARTICLE = re.compile(rf"第[{_NUMERALS}]+条")
_DECREE = re.compile(rf"国务院令|国令第?[{_NUMERALS} ]+号")
_CONGRESS = re.compile(r"主席令|全国人民代表大会|全国人大")
_STATE_COUNCIL = re.compile(r"国发〔\d{4}〕\d+号|国函〔\d{4}〕\d+号|^国务院关于")
_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|"
    "内蒙古|广西|西藏|宁夏|新疆"
)
_PLACE = re.compile(rf"^(?:{_PROVINCES}|(?!城市)[一-龥]{{2,3}}(?:省|市|州|县))")
_LAW_NAME = re.compile(r"(?<![办做方手用看想算技书])法$")


def kind_of_basis(document: str, number: str = "") -> BasisKind:
    """What kind of document a basis is, by its name and number; the brackets 《》 and a year behind the name do not matter.

    Source  国务院令第809号 art. 14: only laws, administrative regulations and decisions of the State Council; what a
            ministry or a locality issued (办法, 规定, 三定, local 条例) is none, whatever it is called
    """
    name, both = _name_of(document), f"{document} {number}"
    if _DECREE.search(both):  # what the State Council decreed is an administrative regulation, called 办法 or not
        return BasisKind.REGULATION
    if _CONGRESS.search(both):
        return BasisKind.LAW
    if _LAW_NAME.search(name) and len(name) > 2:
        return BasisKind.LAW
    if _PLACE.match(name):
        return BasisKind.LOCAL
    if name.endswith("条例"):
        return BasisKind.REGULATION
    if _STATE_COUNCIL.search(both) and "决定" in name:
        return BasisKind.DECISION
    if re.search(r"办法|规定|细则|通知|意见|三定|规程|指南|标准|规范|方案|制度", name):
        return BasisKind.DEPARTMENT
    return BasisKind.UNKNOWN


def basis_faults(document: str, number: str, article: str) -> list[str]:
    """Sentences on why this is no basis for 不予共享; empty when it is one.

    Source  国务院令第809号 art. 14 and 15: the basis with its number and article
    """
    if not document.strip():
        return ["不予共享须写明依据：请填写法律、行政法规或国务院决定的名称、文号和条款（国务院令第809号第十五条）"]
    kind = kind_of_basis(document, number)
    if kind not in LAWFUL:
        what = f"“{document.strip()[:60]}”是{kind.value}，不能作为不予共享的依据（国务院令第809号第十四条）"
        return [f"{what}；请改写法律、行政法规或国务院决定的名称、文号和条款，没有这样的规定就请改为有条件共享"]
    faults = []
    if kind is not BasisKind.LAW and not number.strip():
        faults.append(f"依据“{document.strip()[:60]}”缺少文号，请补上，例如国务院令第809号")
    if kind is not BasisKind.DECISION and not _ARTICLE.search(article):
        faults.append(f"依据“{document.strip()[:60]}”缺少条款，请写到条，例如第十五条")
    return faults


def wrongs_of(stated: Stated) -> list[str]:
    """Sentences on what an entry states against the law; it is not even kept as a draft.

    Source  国务院令第809号 art. 14, 15; standards/data.md 1.7, 1.8
    """
    if stated.share_type != "withheld":
        return []
    faults = basis_faults(stated.basis_document, stated.basis_number, stated.basis_article)
    if stated.open_type != "withheld":
        faults.append("不予共享的信息资源不能向社会开放；请把开放类型改为不予开放")
    return faults


def gaps_of(stated: Stated, items: Sequence[ItemSpec] = ()) -> list[tuple[str, str]]:
    """(field, sentence) of what is still to be stated before the department's head may confirm; empty when complete.

    Source  国务院令第809号 art. 13 (assessments before compilation), 15 (scope and usage); standards/data.md 1.4, 1.8
    """
    missing = []
    if not stated.abstract.strip():
        missing.append(("abstract", "信息资源摘要没有填写"))
    if stated.share_type == "conditional":
        wanted = (("share_condition", "共享条件"), ("share_scope", "共享范围"), ("share_usage", "使用用途"))
        missing += [(name, f"有条件共享须写明{word}") for name, word in wanted if not getattr(stated, name).strip()]
    if stated.share_type == "withheld" and not stated.withhold_reason.strip():
        missing.append(("withhold_reason", "不予共享须写明理由"))
    if stated.open_type == "conditional" and not stated.open_condition.strip():
        missing.append(("open_condition", "有条件开放须写明开放条件"))
    return missing + assessment_gaps(stated, items)


def assessment_gaps(stated: Stated, items: Sequence[ItemSpec] = ()) -> list[tuple[str, str]]:
    """(field, sentence) on each assessment that is not stated; whoever publishes, alone or not, states both.

    Source  国务院令第809号 art. 13; 个人信息保护法 art. 55
    """
    missing = []
    if not stated.secrecy_assessment.strip():
        missing.append(("secrecy_assessment", "保密风险评估编号没有填写，评估是编目的前置条件"))
    persons = [item.name for item in items if item.level > Level.L1 and ({item.sensitive, item.mask} & PERSONAL)]
    if not stated.privacy_assessment.strip():
        missing.append(("privacy_assessment", "个人信息保护影响评估编号没有填写；不含个人信息的写“不涉及”"))
    elif persons and stated.privacy_assessment.strip() in NOT_CONCERNED:
        told = "、".join(persons[:3])
        missing.append(("privacy_assessment", f"信息项“{told}”是个人信息，不能写“不涉及”；请填写个人信息保护影响评估的编号"))
    return missing


def category_faults(tree: Mapping[str, str]) -> dict[str, str]:
    """By code the sentence on what is wrong with its place in a tree of {code: code of the parent, "" at the top}.

    Source  guide of 2017: class 1, item 2, subitem 3 digits, detail; a code begins with its parent's
    """
    faults = {}
    for code, parent in tree.items():
        if not re.fullmatch(r"[1-3](\d{2}(\d{3}\d*)?)?", code):
            faults[code] = f"类目编码“{code}”不合规则：类 1 位（1 至 3）、项 2 位、目 3 位、细目不限"
        elif parent and _is_circle(code, tree):
            faults[code] = f"类目“{code}”的上级绕回了它自己；请改正上级类目"
        elif parent and parent not in tree:
            faults[code] = f"上级类目“{parent}”不存在；请先登记上级类目"
        elif parent and not (code.startswith(parent) and code != parent):
            faults[code] = f"类目编码“{code}”应以上级类目编码“{parent}”开头"
    return faults


def item_wrongs(item: ItemSpec) -> list[str]:
    """Sentences on what an item states of its own sharing against the law or its entry.

    Source  国务院令第809号 art. 3 (secrets never enter), standards/data.md 1.5
    """
    faults = []
    if item.is_secret:
        faults.append(f"信息项“{item.name}”涉密，不得进入本平台目录；请删去或按保密规定另行管理")
    if item.share_type == "conditional" and not item.share_condition.strip():
        faults.append(f"信息项“{item.name}”单独设为有条件共享，须写明条件")
    if item.share_type == "withheld":
        faults += _item_basis_faults(item)
    if item.open_type == "conditional" and not item.open_condition.strip():
        faults.append(f"信息项“{item.name}”单独设为有条件开放，须写明条件")
    return faults


def _item_basis_faults(item: ItemSpec) -> list[str]:
    reason = item.withhold_reason.strip()
    if not reason:
        return [f"信息项“{item.name}”单独设为不予共享，须写明理由和法律、行政法规或国务院决定的依据"]
    named = re.search(r"《[^》]+》|[^，,。；;]*?(?:法|条例)(?=第)", reason)
    number = re.search(rf"国务院令第?[{_NUMERALS} ]+号|[^\s（(]*〔\d{{4}}〕\d+号", reason)
    found = basis_faults(named[0] if named else "", number[0] if number else "", reason)
    return [f"信息项“{item.name}”单独设为不予共享：{found[0]}"] if found else []


def _name_of(document: str) -> str:
    quoted = re.search(r"《(.+?)》", document)
    name = quoted[1] if quoted else document
    return re.sub(r"[（(][^）)]*[）)]\s*$", "", name.strip()).strip()


def _is_circle(code: str, tree: Mapping[str, str]) -> bool:
    seen, at = {code}, tree.get(code, "")
    while at:
        if at in seen:
            return at == code
        seen.add(at)
        at = tree.get(at, "")
    return False
