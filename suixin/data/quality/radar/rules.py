"""When two items hold the same thing, and which department is the source: pure judgements.

By values   both telling, types agree, the smaller one's values lie in the larger by so much that chance is out of the question
By names    same name, type and code set count only where the entries describe the same objects (their keys hold the same
            values), or where nothing is known of the values of one and the entries agree in their keys and most of their items
Numbers     of persons and firms (resident ID, credit code) link tables; equal values make a pair of them only where each
            stands once a row on both sides
Source      国务院令第809号 art. 19 (一数一源); thresholds are our choice, held by tests/test_radar_pairs.py
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from suixin.data.quality.radar import kmv
from suixin.data.quality.radar.kmv import Share, Sketch

SURE_LOW, NEAR_LOW = 0.5, 0.25  # lower bounds of the share: whatever the names; with names that are near
SURE_HITS, NEAR_HITS = 8, 5
NEAR_NAME, SAME_NAME = 80, 95
APART = 0.2  # an upper bound of the share below which equal names mean different things
ONCE = 0.8  # distinct over rows from which a value stands about once a row
COMPARABLE = 0.02  # a list of fewer than that share of the other's values is an extract or a reference
LEAST_ITEMS, MOST_OF_ITEMS = 3, 0.6
TITLES = 0.5  # likeness of titles from which entries without values may be about the same objects
LINKING = frozenset({"身份证号码", "统一社会信用代码"})
_GENERIC = """序号 编号 名称 备注 说明 类型 类别 状态 日期 时间 年度 年份 月份 年 月 数量 金额 地址 单位 内容 标题 代码 等级 性别 民族 学历
描述 总数 合计 面积 经度 纬度 联系人 创建时间 更新时间 数据日期 id no 来源 结果 联系电话 姓名 所在区县 乡镇 街道 邮编 邮箱"""
GENERIC = frozenset(_GENERIC.split())  # names that say nothing by themselves: every table has them
SERIAL = frozenset(("序号", "编号", "行号", "流水号", "id", "no", "xh"))
CHANGED = 20  # percent points of overlap


class Family(StrEnum):
    """Types that may hold the same thing."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    DAY = "day"
    FLAG = "flag"
    PLACE = "place"


FAMILIES = {
    "C": Family.TEXT, "M": Family.TEXT, "I": Family.WHOLE, "N": Family.DECIMAL, "Y": Family.DECIMAL, "B": Family.DECIMAL,
    "F": Family.DECIMAL, "D": Family.DAY, "T": Family.DAY, "L": Family.FLAG, "G": Family.PLACE,
}


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as the radar sees it. `key` stands for all names that mean the same; `sketch` is empty when nothing is known."""

    field: str
    name: str
    key: str
    family: Family
    code_set: str = ""
    is_key: bool = False
    is_telling: bool = False
    rows: int = 0
    distinct: int = 0
    sketch: Sketch = kmv.NOTHING

    @property
    def stands_once(self) -> bool:
        """Whether about every row has its own value."""
        return self.is_key or (self.rows > 0 and self.distinct >= ONCE * self.rows)


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with its items."""

    pk: int
    items: Sequence[ItemView] = field(default_factory=tuple)
    title: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Two items that hold the same thing. `score` is how sure that is, 0 to 100; `share` is None when only names speak."""

    left: ItemView
    right: ItemView
    share: Share | None
    likeness: int
    score: int
    sentence: str

    @property
    def same_codes(self) -> bool:
        """Whether both take their values from one code set."""
        return bool(self.left.code_set) and self.left.code_set == self.right.code_set


def family_of(letter: str, scale: int | None) -> Family:
    """The family of an item type; a number without decimals is whole."""
    return Family.WHOLE if letter == "N" and not scale else FAMILIES[letter]


def agree(one: ItemView, other: ItemView) -> bool:
    """Whether their types may hold the same; a number may be written as text."""
    both = {one.family, other.family}
    return len(both) == 1 or both <= {Family.TEXT, Family.WHOLE} or both <= {Family.WHOLE, Family.DECIMAL}


def is_generic(item: ItemView) -> bool:
    """Whether the name says nothing by itself."""
    return item.key in GENERIC or item.name in GENERIC


def by_values(one: ItemView, other: ItemView, likeness: int) -> Match | None:
    """The pair, when the values say so."""
    if not (one.is_telling and other.is_telling and agree(one, other)) or {one.key, other.key} & SERIAL:
        return None
    if {one.key, other.key} & LINKING and not (one.stands_once and other.stands_once):
        return None
    if one.stands_once != other.stands_once and likeness < NEAR_NAME:
        return None  # a reference to the other: it repeats what stands there once
    fewer, more = sorted((one.distinct, other.distinct))
    if fewer < COMPARABLE * more:
        return None
    share = kmv.containment(one.sketch, other.sketch)
    is_sure = share.low >= SURE_LOW and share.hits >= SURE_HITS
    is_near = share.low >= NEAR_LOW and share.hits >= NEAR_HITS and likeness >= NEAR_NAME
    if not is_sure and not is_near:
        return None
    score = min(100, round(50 * share.low + 40 * share.value + likeness / 10))
    return Match(one, other, share, likeness, score, sentence_of(one, other, share=share, likeness=likeness))


def by_names(one: ItemView, other: ItemView, likeness: int, *, is_anchored: bool) -> Match | None:
    """The pair, when name, type and code set are the same, in entries about the same objects (or that look like it)."""
    if likeness < SAME_NAME or not agree(one, other) or one.code_set != other.code_set or {one.key, other.key} & SERIAL:
        return None
    if is_generic(one) and not (is_anchored and one.family is Family.TEXT):
        return None
    share = None
    if one.is_telling and other.is_telling and one.sketch.ranks and other.sketch.ranks:
        share = kmv.containment(one.sketch, other.sketch)
        if share.high < APART or share.low < NEAR_LOW:
            return None
    score = (70 if is_anchored else 50) + (10 if one.code_set else 0) + likeness // 20
    return Match(one, other, share, likeness, score, sentence_of(one, other, share=share, likeness=likeness, is_anchored=is_anchored))


def compare(left: EntryView, right: EntryView, likeness: Mapping[tuple[str, str], int]) -> list[Match]:
    """The pairs of two entries that hold the same thing, the surest first; an item stands in one pair at most.

    `likeness` by (field, field); what is missing there is 0.
    """
    found = _each_once(
        match for one in left.items for other in right.items
        if (match := by_values(one, other, likeness.get((one.field, other.field), 0))) is not None
    )
    is_anchored = any(match.left.stands_once and match.right.stands_once for match in found)
    is_blind = not (_is_known(left) and _is_known(right))
    if is_anchored or is_blind:
        taken = {match.left.field for match in found}, {match.right.field for match in found}
        named = _each_once(
            match for one in left.items for other in right.items
            if one.field not in taken[0] and other.field not in taken[1]
            and (match := by_names(one, other, likeness.get((one.field, other.field), 0), is_anchored=is_anchored)) is not None
        )
        if is_anchored or _look_alike(left, right, named):
            found += named
    return sorted(found, key=lambda match: -match.score)


def _is_known(entry: EntryView) -> bool:
    return any(item.sketch.ranks for item in entry.items)


def _look_alike(left: EntryView, right: EntryView, named: Sequence[Match]) -> bool:
    """Whether entries without values agree in a key, in most of the smaller one's items by telling names, and in their titles."""
    if left.title and right.title and likeness_of_titles(left.title, right.title) < TITLES:
        return False  # 农药经营许可 and 食品经营许可 have the same columns, and nothing in common
    has_key = any(match.left.is_key and match.right.is_key for match in named)
    rest = sum(not match.left.is_key for match in named)
    fewer = min(len(left.items), len(right.items))
    return has_key and rest >= LEAST_ITEMS and len(named) >= MOST_OF_ITEMS * fewer


def likeness_of_titles(one: str, other: str) -> float:
    """How much two titles are alike, 0 to 1: neighbouring characters in both over those in either."""
    mine, yours = ({text[at : at + 2] for at in range(len(text) - 1)} or {text} for text in (one, other))
    return len(mine & yours) / len(mine | yours)


def _each_once(matches: Iterable[Match]) -> list[Match]:
    kept: list[Match] = []
    taken: set[tuple[str, str]] = set()
    for match in sorted(matches, key=lambda one: -one.score):
        sides = {("l", match.left.field), ("r", match.right.field)}
        if not sides & taken:
            kept.append(match)
            taken |= sides
    return kept


def sentence_of(one: ItemView, other: ItemView, *, share: Share | None, likeness: int, is_anchored: bool = False) -> str:
    """Why the two are thought to hold the same, for the person who decides."""
    parts = []
    if share is not None:
        sure = f"（95% 把握在 {share.low:.0%} 到 {share.high:.0%} 之间）" if share.low < share.high else ""
        parts.append(f"两项 {share.value:.0%} 的值相同{sure}")
    if one.code_set and one.code_set == other.code_set:
        parts.append("代码集相同")
    if likeness >= SAME_NAME:
        parts.append("名称相同" if one.name == other.name else "名称同义")
    elif likeness >= NEAR_NAME:
        parts.append("名称相近")
    if share is None:
        parts.append("所在的两条目录记的是同样的对象" if is_anchored else "所在的两条目录主键和多数信息项相同")
    return "，且".join([parts[0], "、".join(parts[1:])]) + "。" if len(parts) > 1 else parts[0] + "。"


@dataclass(frozen=True, slots=True)
class Standing:
    """What speaks for an entry as the source of an item: rows, uses by others, since when, whether the other names its department."""

    pk: int
    rows: int = 0
    uses: int = 0
    since: date | None = None
    is_named: bool = False


def propose_source(one: Standing, other: Standing) -> tuple[int | None, str]:
    """The entry that should be the source and why; None when nothing sets the two apart."""
    for mine, yours in ((one, other), (other, one)):
        if mine.is_named and not yours.is_named:
            return mine.pk, "对方的目录已把它的单位写作数源部门。"
    points: list[tuple[int, str]] = []
    if max(one.uses, other.uses) > min(one.uses, other.uses):
        less, most = sorted((one.uses, other.uses))
        points.append((one.pk if one.uses == most else other.pk, f"被引用 {most} 处，对方 {less} 处"))
    fewer, more = sorted((one.rows, other.rows))
    if more > 1.2 * fewer:
        points.append((one.pk if one.rows == more else other.pk, f"有 {more:,} 行，对方 {fewer:,} 行"))
    if one.since and other.since and one.since != other.since:
        points.append((one.pk if one.since < other.since else other.pk, f"{min(one.since, other.since)} 起就有，早于对方"))
    if not points:
        return None, "两边的行数、引用和发布时间不分先后，请按职责裁定。"
    won = {pk: sum(one_pk == pk for one_pk, _ in points) for pk in (one.pk, other.pk)}
    best = points[0][0] if won[one.pk] == won[other.pk] else max(won, key=lambda pk: won[pk])
    return best, "；".join(told for pk, told in points if pk == best) + "。"


def has_changed(before: tuple[int | None, int, bool], now: tuple[int | None, int, bool]) -> bool:
    """Whether evidence (overlap in percent, likeness, same codes) is another than that on which a pair was dismissed."""
    (overlap, likeness, codes), (new_overlap, new_likeness, new_codes) = before, now
    if (overlap is None) != (new_overlap is None) or codes != new_codes or (likeness >= SAME_NAME) != (new_likeness >= SAME_NAME):
        return True
    return overlap is not None and new_overlap is not None and abs(overlap - new_overlap) >= CHANGED

