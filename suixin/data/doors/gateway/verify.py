"""Comparing without showing: GET /gateway/{resource}/verify?{key}={value}&{item}={claimed}, POST for up to 100,000.

POST     {"items": ["name"], "rows": [{"code": "1", "name": "张三"}, ["2", "李四"]]}; the answer's data has one result
         per row, in order, as a lookup of many has
Result   by item asked: 一致, 不一致, 查无 (no such record, or none that the grant shows, or nothing in that item)
Equal    values of the item's type; texts without regard to width and outer blanks, numbers of persons and firms also
         without regard to case
Masked   an item that the grant masks is compared only when the grant says so: mask `field@verify` is ""
Speed    keys are found in the index by one statement for every 20,000; nothing is asked of the database per row
"""

import unicodedata
from collections.abc import Mapping, Sequence

from suixin.data.access.errors import ColumnOutsideGrant, UnknownParameter
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan
from suixin.data.access.traces import subjects_of
from suixin.data.catalog.contract import ItemSpec
from suixin.data.doors import records
from suixin.data.doors.exchange import Answer, Exchange
from suixin.data.doors.gateway import answers, keyed, plans
from suixin.ground.security.subjects import KINDS
from suixin.kit.errors import SuixinError

MOST_ROWS = 100_000
MOST_BYTES = 32 << 20
SAME, DIFFERENT, ABSENT = "一致", "不一致", "查无"
Verdicts = dict[str, str]


def verify(exchange: Exchange) -> Answer:
    """For each item asked whether the claimed value is the record's."""
    exchange.request.most_bytes = MOST_BYTES
    plans.identify(exchange)
    return _many(exchange) if exchange.request.method == "POST" else _one(exchange)


def _one(exchange: Exchange) -> Answer:
    columns, values = keyed.single(exchange.parameters())
    if columns is not None:
        raise UnknownParameter("核验不用 columns；要核验的信息项直接写成 列名=声称的值。", parameter="columns")
    key = {name for item in _plan(exchange, None).key_items for name in (item.field, item.name)}
    plan = _plan(exchange, tuple(name for name in values if name not in key))
    row = reader(plan).read(values)
    (verdicts, is_found), = _compared(exchange, plan, [row])
    return answers.enveloped(exchange, verdicts, is_empty=not is_found)


def _many(exchange: Exchange) -> Answer:
    told = keyed.content(exchange, "items", "rows")
    plan = _plan(exchange, keyed.names_in(told, "items") or ())
    asked = list(keyed.read_all(reader(plan), keyed.rows_in(told, "rows", most=MOST_ROWS)))
    exchange.uses = len(asked)
    compared = iter(_compared(exchange, plan, [one for one in asked if not isinstance(one, SuixinError)]))
    results = []
    for one in asked:
        if isinstance(one, SuixinError):
            results.append(answers.refused_row(one))
        else:
            verdicts, is_found = next(compared)
            results.append(answers.row_of(verdicts, is_empty=not is_found))
    return answers.enveloped(exchange, results)


def _plan(exchange: Exchange, items: tuple[str, ...] | None) -> Plan:
    plan = plans.plan_of(exchange, Door.VERIFY, items or None)
    if items is not None:
        check(plan, has_items=bool(items))
    return plan


def check(plan: Plan, *, has_items: bool) -> None:
    """Nothing when the plan's columns may be compared. Raises UnknownParameter, ColumnOutsideGrant."""
    keyed.require_key(plan)
    if not has_items:
        raise UnknownParameter("没有要核验的信息项；请在主键之外至少给出一项。")
    key = [column.name for column in plan.columns if column.item.is_key]
    if key:
        raise UnknownParameter(f"「{'、'.join(key)}」是主键，用来找到记录，不作为核验的信息项；请去掉。")
    masked = [column for column in plan.columns if column.mask]
    if masked:
        told = "、".join(f"{column.field}（{column.name}）" for column in masked)
        raise ColumnOutsideGrant(
            f"授权未允许核验脱敏的信息项 {told}；请向提供方申请（授权的脱敏设置写明“{masked[0].field}@verify”为空）。",
            columns=[column.field for column in masked],
        )


def reader(plan: Plan) -> keyed.Reader:
    """Reads a row: the key, then a claim for each column."""
    return keyed.Reader((*plan.key_items, *(column.item for column in plan.columns)))


def _compared(exchange: Exchange, plan: Plan, rows: Sequence[keyed.Typed]) -> list[tuple[Verdicts, bool]]:
    """`verdicts_of`, with what the log is to say."""
    exchange.subjects = subjects_in(plan, rows)
    compared = verdicts_of(plan, rows)
    exchange.rows = sum(is_found for _, is_found in compared)
    return compared


def subjects_in(plan: Plan, rows: Sequence[keyed.Typed]) -> tuple[str, ...]:
    """Whom keys and claims name, for the log."""
    items = (*plan.key_items, *(column.item for column in plan.columns))
    named = [(place, item) for place, item in enumerate(items) if item.sensitive in KINDS]
    return subjects_of((item, row[place]) for row in rows for place, item in named)


def verdicts_of(plan: Plan, rows: Sequence[keyed.Typed]) -> list[tuple[Verdicts, bool]]:
    """The verdicts of each row and whether its record was found."""
    width, items = len(plan.key_items), [column.item for column in plan.columns]
    compared = []
    for row, record in zip(rows, records.find_records(plan.contract, [row[:width] for row in rows]), strict=True):
        shown = plan.apply(record) if record is not None else None
        compared.append((_verdicts(items, row[width:], shown), shown is not None))
    return compared


def _verdicts(items: Sequence[ItemSpec], claimed: Sequence[object], held: Mapping[str, object] | None) -> Verdicts:
    if held is None:
        return {item.field: ABSENT for item in items}
    return {item.field: _verdict(item, value, held[item.field]) for item, value in zip(items, claimed, strict=True)}


def _verdict(item: ItemSpec, claimed: object, held: object) -> str:
    if held is None:
        return ABSENT
    if isinstance(claimed, str) and isinstance(held, str):
        return SAME if claimed == held or _plain(claimed, item) == _plain(held, item) else DIFFERENT
    return SAME if claimed == held else DIFFERENT


def _plain(text: str, item: ItemSpec) -> str:
    text = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    return text.upper() if item.sensitive in KINDS else text
