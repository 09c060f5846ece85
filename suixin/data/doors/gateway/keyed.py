"""What a call asks by key: parameters of a GET for one record, a JSON body of a POST for many.

Row      an object {key: value}, an array in the order of the key, or, of a key of one item, the value alone; in a
         verification the claimed values stand beside, or after, the key
Values   text as a person types it; numbers and booleans of JSON are taken too, null is not a value
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from suixin.data.access.errors import UnknownParameter, WrongValue
from suixin.data.access.plans import Plan
from suixin.data.access.values import parse
from suixin.data.catalog.contract import ItemSpec
from suixin.data.doors.exchange import Exchange
from suixin.data.doors.gateway import envelopes
from suixin.kit.errors import BadRequest, SuixinError

Typed = tuple[object, ...]
_LONGEST = 4000


@dataclass(slots=True)
class Reader:
    """Reads rows whose values are those of `items`, in that order: the key's, then what is claimed."""

    items: tuple[ItemSpec, ...]
    _places: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._places = {item.name: place for place, item in enumerate(self.items)}
        self._places |= {item.field: place for place, item in enumerate(self.items)}

    def read(self, row: object) -> Typed:
        """The typed values of a row. Raises UnknownParameter, WrongValue, each naming the item."""
        if isinstance(row, Mapping):
            return tuple(self._typed(place, *given) for place, given in enumerate(self._named(row)))
        values = row if isinstance(row, list) else [row]
        if len(values) != len(self.items):
            told = "、".join(item.field for item in self.items)
            raise WrongValue(f"这一行应有 {len(self.items)} 个值，依次是 {told}；给了 {len(values)} 个。")
        return tuple(self._typed(place, item.field, value) for place, (item, value) in enumerate(zip(self.items, values, strict=True)))

    def _named(self, row: Mapping[str, object]) -> list[tuple[str, object]]:
        found: list[tuple[str, object] | None] = [None] * len(self.items)
        for name, value in row.items():
            place = self._places.get(name)
            if place is None:
                told = "、".join(item.field for item in self.items)
                raise UnknownParameter(f"不认识的参数「{name[:60]}」；这里只认 {told} 和 columns。", parameter=name[:60])
            if found[place] is not None:
                raise UnknownParameter(f"「{self.items[place].name}」给了两次；请只写一次。", parameter=name[:60])
            found[place] = (name, value)
        missing = [item for item, given in zip(self.items, found, strict=True) if given is None]
        if missing:
            told = "、".join(f"{item.field}（{item.name}）" for item in missing)
            raise WrongValue(f"缺少参数 {told}；请补上。", parameter=missing[0].field)
        return [given for given in found if given is not None]

    def _typed(self, place: int, name: str, value: object) -> object:
        item = self.items[place]
        if not isinstance(value, str):
            value = _text(value, item)
        if len(value) > _LONGEST:
            raise WrongValue(f"参数「{name[:60]}」过长，最多 {_LONGEST} 个字符。", parameter=item.field)
        return parse(value, item.type, parameter=name, column=item.name)


def key_reader(plan: Plan) -> Reader:
    """Reads keys of the plan's resource. Raises UnknownParameter when it has none."""
    require_key(plan)
    return Reader(plan.key_items)


def require_key(plan: Plan) -> None:
    """Nothing when the resource has a key. Raises UnknownParameter."""
    if not plan.key_items:
        raise UnknownParameter(f"资源「{plan.contract.title}」没有主键，不能按键查询；请改用 rows 接口。")


def single(parameters: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...] | None, dict[str, str]]:
    """(columns asked for, the other parameters) of a GET. Raises UnknownParameter for one that comes twice."""
    columns: tuple[str, ...] | None = None
    values: dict[str, str] = {}
    for name, value in parameters:
        if name in values or (name == "columns" and columns is not None):
            raise UnknownParameter(f"参数「{name[:60]}」出现了两次；请只写一次。", parameter=name[:60])
        if name == "columns":
            columns = tuple(part.strip() for part in value.split(","))
        else:
            values[name] = value
    return columns, values


def content(exchange: Exchange, *names: str) -> dict[str, object]:
    """The JSON object of a POST, opened when it is enciphered, with no members but `names`.

    Raises BadRequest, UnknownParameter, EnvelopeRefused.
    """
    if exchange.parameters():
        raise UnknownParameter("POST 调用的参数都写在请求体的 JSON 里；请去掉地址中的查询串。")
    told = _object(exchange.request.body(), names)
    if "encType" in told:
        told = _object(envelopes.opened(exchange, told), names)
    unknown = next((name for name in told if names and name not in names), None)
    if unknown is not None:
        raise UnknownParameter(f"不认识的成员「{unknown[:60]}」；请求体里只有 {'、'.join(names)}。", parameter=unknown[:60])
    return told


def names_in(told: Mapping[str, object], member: str) -> tuple[str, ...] | None:
    """A list of names in the body, None when it is not there. Raises BadRequest."""
    value = told.get(member)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise BadRequest(f"“{member}”应是列名的数组，至少一个。")
    return tuple(dict.fromkeys(value))


def rows_in(told: Mapping[str, object], member: str, *, most: int) -> list[object]:
    """The rows in the body. Raises BadRequest: none, or more than `most`."""
    value = told.get(member)
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise BadRequest(f"“{member}”应是 1 到 {most:,} 行的数组；更多请分几次调用。")
    return value


def read_all(reader: Reader, rows: Sequence[object]) -> Iterator[Typed | SuixinError]:
    """Each row's values, or why it cannot be read."""
    for row in rows:
        try:
            yield reader.read(row)
        except SuixinError as error:
            yield error


def text_of_member(name: str, value: object) -> str:
    """A member of a JSON object as a parameter: a text, a number or a boolean; null for what has no value. Raises BadRequest."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return "" if value is None else str(value)
    raise BadRequest(f"“{name[:60]}”的值应是文本、数、布尔或空值；多个值用逗号连成一个文本。")


def _object(body: bytes, names: Sequence[str]) -> dict[str, object]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"请求体不是 UTF-8 的 JSON（{str(error)[:80]}）；请改正。") from error
    if not isinstance(told, dict):
        raise BadRequest(f"请求体应是一个 JSON 对象，成员有 {'、'.join(names)}。")
    return told


def _text(value: object, item: ItemSpec) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise WrongValue(f"「{item.name}」的值应是文本、数或布尔，不能是空值、数组或对象。", parameter=item.field)
