"""Synthetic rows that a contract accepts: seeded, invented, marked 模拟数据.

Numbers of persons and firms have right check characters and cannot belong to anybody: division 9999 of a province does not
exist, organisation codes begin with XX, mobiles with 154, which no operator gives out.
Rules across items are met by trying: a row that breaks one is made again, dates in order, what may be empty left empty.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from suixin.data.catalog.bounds import NONE, Bounds, bounds_of, parsed_rules
from suixin.data.catalog.coding import choices_of, is_named_code
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.errors import NoSample
from suixin.kit.checksums import resident_id_check_char, uscc_check_char
from suixin.kit.clock import CHINA
from suixin.kit.expressions import Expression

MARK = "模拟数据"
MAX_ROWS, TRIES = 10_000, 60
Value = str | int | float | bool | Decimal | date | datetime | None
_CHARACTERS = "春华秋实山川河岳云霞松柏梅兰竹菊江海湖泉清和平安康宁永泰嘉禾瑞丰"
_FIRST_DAY, _LAST_DAY = date(2015, 1, 1), date(2025, 12, 31)
_EARLIEST, _SPAN = date(1000, 1, 1).toordinal(), 400  # years have four digits; days of a range without an end
_MOST = 1_000  # numbers without bounds stay below, so that they look like something


def rows(contract: Contract, count: int, *, seed: int = 1) -> list[dict[str, Value]]:
    """At most `count` rows by field, keys unique; fewer where a key has fewer values. Raises NoSample."""
    random, bounds = Random(seed), bounds_of(contract)  # noqa: S311 nothing secret
    makers = [(item.field, _maker(item, bounds.get(item.field, NONE))) for item in contract.items]
    rules = [expression for _, expression in parsed_rules(contract)]
    needed = {item.field for item in contract.items if item.is_key or not item.nullable}
    found: list[dict[str, Value]] = []
    seen: set[tuple[Value, ...]] = set()
    misses = 0
    while len(found) < min(count, MAX_ROWS) and misses < TRIES * 4:
        row = _row(makers, needed, random, number=len(found) + misses)
        row = _mended(row, rules, needed, makers, random) if rules else row
        key = tuple(row[field] for field in contract.key)
        if key and key in seen:
            misses += 1
            continue
        seen.add(key)
        found.append(row)
    return found


def example_of(item: ItemSpec, bounds: Bounds = NONE) -> str:
    """One value as a clerk writes it."""
    choices = choices_of(item)
    if choices:
        return next(iter(choices.values()))
    value = _maker(item, bounds)(Random(7), 0)  # noqa: S311 nothing secret
    return ("是" if value else "否") if isinstance(value, bool) else text_of(value)


def text_of(value: Value) -> str:
    """A value in the one canonical spelling of its type; "" for nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return f"{value.astimezone(CHINA) if value.tzinfo else value:%Y-%m-%d %H:%M:%S}"
        case Decimal():
            return f"{value:f}"
        case float():
            return repr(value)
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class _Range:
    least: int
    most: int


Maker = Callable[[Random, int], Value]


def _row(makers: Sequence[tuple[str, Maker]], needed: set[str], random: Random, *, number: int) -> dict[str, Value]:
    return {
        field: None if field not in needed and number % 5 == 4 and random.random() < 0.3 else make(random, number)
        for field, make in makers
    }


def _mended(
    row: dict[str, Value], rules: Sequence[Expression], needed: set[str], makers: Sequence[tuple[str, Maker]], random: Random
) -> dict[str, Value]:
    """The row, made again in what its broken rules read until none is certainly false. Raises NoSample."""
    by_field = dict(makers)
    for attempt in range(TRIES):
        broken = [rule for rule in rules if rule.evaluate(row) is False]
        if not broken:
            return row
        fields = sorted(broken[0].fields)
        optional = [field for field in fields if field not in needed]
        if attempt >= TRIES // 2 and optional:
            row = {**row, random.choice(optional): None}
            continue
        row = {**row, **{field: by_field[field](random, random.randrange(1 << 20)) for field in fields}}
        row = _in_order(row, broken[0], fields)
    raise NoSample(f"规则“{broken[0].text[:120]}”试了 {TRIES} 次也凑不出合格的样例；请检查这条规则能否成立。")


def _in_order(row: dict[str, Value], rule: Expression, fields: Sequence[str]) -> dict[str, Value]:
    """Two values of one type exchanged where that is all the rule wants (begin before end)."""
    if len(fields) != 2 or rule.evaluate(row) is not False or type(row[fields[0]]) is not type(row[fields[1]]):
        return row
    turned = {**row, fields[0]: row[fields[1]], fields[1]: row[fields[0]]}
    return turned if rule.evaluate(turned) is not False else row


def _maker(item: ItemSpec, bounds: Bounds) -> Maker:
    choices = list(choices_of(item))
    if choices and item.type in (ItemType.TEXT, ItemType.MEMO):
        fitting = [one for one in choices if item.length is None or len(one) <= item.length] or choices
        return lambda random, _: random.choice(fitting)
    match item.type:
        case ItemType.TEXT | ItemType.MEMO:
            return _text_maker(item)
        case ItemType.GEOMETRY:
            return lambda random, _: f"POINT({105 + random.randrange(1000) / 1000} {30 + random.randrange(1000) / 1000})"
        case ItemType.BOOLEAN:
            return lambda random, _: random.random() < 0.5
        case ItemType.DATE:
            return lambda random, _: _day(random, bounds)
        case ItemType.DATETIME:
            return lambda random, _: _moment(random, bounds)
        case ItemType.INTEGER:
            span = _span(bounds, digits=min(item.length or 18, 18), scale=0, is_key=item.is_key)
            return lambda random, _: random.randint(span.least, span.most)
        case ItemType.NUMBER | ItemType.MONEY:
            return _decimal_maker(item, bounds)
        case ItemType.DOUBLE | ItemType.FLOAT:
            fine = _span(bounds, digits=9, scale=3, is_key=item.is_key)
            return lambda random, _: random.randint(fine.least, fine.most) / 1000


def _decimal_maker(item: ItemSpec, bounds: Bounds) -> Maker:
    kind = item.arrow_type
    precision, scale = getattr(kind, "precision", 18), getattr(kind, "scale", 0)
    span = _span(bounds, digits=precision - scale, scale=scale, is_key=item.is_key)
    return lambda random, _: Decimal(random.randint(span.least, span.most)).scaleb(-scale)


def _span(bounds: Bounds, *, digits: int, scale: int, is_key: bool) -> _Range:
    """Whole steps of the last decimal, within the digits and the bounds."""
    step, top = 10**scale, 10 ** (digits + scale) - 1
    usual = top if is_key else min(top, _MOST * step)
    least = _steps(bounds.least, step, up=True, is_open=bounds.is_above)
    most = _steps(bounds.most, step, up=False, is_open=bounds.is_below)
    low = max(-top, least) if least is not None else min(0, most - usual if most is not None else 0)
    high = min(top, most) if most is not None else min(top, max(low, 0) + usual)
    low = max(low, -top)
    return _Range(low, high) if low <= high else _Range(low, low)


def _steps(bound: object, step: int, *, up: bool, is_open: bool) -> int | None:
    if isinstance(bound, bool) or not isinstance(bound, int | float | Decimal):
        return None
    exact = Decimal(str(bound)) * step
    whole = int(exact.to_integral_value("ROUND_CEILING" if up else "ROUND_FLOOR"))
    return whole + (1 if up else -1) if is_open and whole == exact else whole


def _day(random: Random, bounds: Bounds) -> date:
    low, high = _date(bounds.least), _date(bounds.most)
    first, last = _FIRST_DAY.toordinal(), _LAST_DAY.toordinal()
    if low is not None:
        first = low.toordinal() + bounds.is_above
        last = max(last, first + _SPAN)
    if high is not None:
        last = high.toordinal() - bounds.is_below
        first = first if low is not None else min(first, last - _SPAN)
    first, last = (min(max(one, _EARLIEST), date.max.toordinal()) for one in (first, last))
    return date.fromordinal(random.randint(min(first, last), max(first, last)))


def _moment(random: Random, bounds: Bounds) -> datetime:
    """An instant on a whole second; bounds are instants too."""
    day = _day(random, Bounds(_date(bounds.least), _date(bounds.most), is_above=True, is_below=True))
    return datetime(day.year, day.month, day.day, random.randrange(24), random.randrange(60), random.randrange(60), tzinfo=CHINA)


def _date(bound: object) -> date | None:
    if isinstance(bound, datetime):
        return (bound.astimezone(CHINA) if bound.tzinfo else bound).date()
    return bound if isinstance(bound, date) else None


def _text_maker(item: ItemSpec) -> Maker:
    length = item.length or 20
    special: Mapping[str, tuple[int, Callable[[Random], str]]] = {
        "resident_id": (18, _resident_id), "uscc": (18, _uscc), "mobile": (11, lambda random: f"154{random.randrange(10**8):08d}"),
        "person_name": (3, lambda random: "模" + "".join(random.choices(_CHARACTERS, k=2))),
        "email": (24, lambda random: f"user{random.randrange(10**6):06d}@example.com"),
    }
    if item.sensitive in special and length >= special[item.sensitive][0]:
        make = special[item.sensitive][1]
        return lambda random, _: make(random)
    if (is_named_code(item) or item.is_key) and item.type is ItemType.TEXT:
        digits = min(length, 12)
        return lambda random, _: "".join(random.choices("123456789", k=digits))
    return lambda random, _: "".join(random.choices(_CHARACTERS, k=min(length, random.randint(2, 6))))


def _resident_id(random: Random) -> str:
    """Somebody of division 519999, which does not exist."""
    born = date(1950, 1, 1) + timedelta(days=random.randrange(20_000))
    first = f"519999{born:%Y%m%d}{random.randrange(1000):03d}"
    return first + resident_id_check_char(first)


def _uscc(random: Random) -> str:
    first = f"91519999XX{random.randrange(10**7):07d}"
    return first + uscc_check_char(first)
