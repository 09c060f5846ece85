"""What a department's interface answered, as records of the contract; nothing that is no item of it goes on."""

from collections.abc import Mapping

from suixin.data.access.errors import WrongValue
from suixin.data.access.values import parse
from suixin.data.catalog.contract import ItemSpec
from suixin.data.doors.proxies.errors import SourceBroken
from suixin.data.doors.proxies.models import Proxy

MOST_ROWS = 10_000
Record = dict[str, object]


def records_of(proxy: Proxy, answer: object) -> list[Record]:
    """The records, typed as the contract says; none for null. Raises SourceBroken, without a value in its sentence."""
    found = _at(answer, proxy.rows)
    rows = [] if found is None else found if isinstance(found, list) else [found]
    if len(rows) > MOST_ROWS:
        raise SourceBroken(f"源端接口“{proxy.source.name}”一次返回超过 {MOST_ROWS:,} 条;请缩小条件。")
    items = proxy.resource.contract.items
    return [_record(proxy, items, row) for row in rows]


def _record(proxy: Proxy, items: tuple[ItemSpec, ...], row: object) -> Record:
    if not isinstance(row, Mapping):
        where = f"“{proxy.rows}”处" if proxy.rows else ""
        raise SourceBroken(f"源端接口“{proxy.source.name}”的答复{where}不是记录;请提供方核对“记录所在位置”。")
    return {item.field: _typed(proxy, item, row.get(proxy.members.get(item.field, item.field))) for item in items}


def _typed(proxy: Proxy, item: ItemSpec, value: object) -> object:
    if value is None or value == "":
        return None
    if isinstance(value, Mapping | list):
        raise SourceBroken(f"源端接口“{proxy.source.name}”的“{item.name}”不是单个的值;请提供方检查接口。")
    text = "true" if value is True else "false" if value is False else str(value)
    try:
        return parse(text, item.type, parameter=item.field, column=item.name)
    except WrongValue as error:
        raise SourceBroken(f"源端接口“{proxy.source.name}”的“{item.name}”不合信息项的类型;请提供方检查接口。") from error


def _at(answer: object, path: str) -> object:
    for step in path.split(".") if path else ():
        answer = answer.get(step) if isinstance(answer, Mapping) else None
    return answer
