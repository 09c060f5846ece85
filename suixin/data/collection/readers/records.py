"""Where the records are in a JSON value, and each of them as flat cells. Pure: no files."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from suixin.data.collection.readers.cells import Cell
from suixin.data.collection.readers.headers import find_layout
from suixin.kit.names import unique

GEOMETRY = "geometry"
LEVEL = "层级"
PARENT = "上级"
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_KEY_NAMES = ("code", "id", "编码", "代码", "adcode", "key", "uuid")
_DEEPEST_LIST = 5


class Number(str):
    """A JSON number exactly as written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Records:
    """One table found: `rows` starts a walk; a row that is no record comes as its JSON text."""

    name: str
    rows: Callable[[], Iterator[dict[str, Cell] | str]]
    format: str = "json"
    notes: tuple[str, ...] = ()


def parse(text: str) -> object:
    """The JSON value, its numbers as `Number`. Raises json.JSONDecodeError."""
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


def as_json(value: object) -> str:
    """Compact JSON text of a parsed value, numbers as they were written."""
    match value:
        case Number():
            return str(value)
        case list():
            return "[" + ",".join([as_json(item) for item in value]) + "]"
        case dict():
            return "{" + ",".join([f"{json.dumps(k, ensure_ascii=False)}:{as_json(v)}" for k, v in value.items()]) + "}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def as_cell(value: object) -> Cell:
    """A scalar as text, null as null, anything nested as JSON text."""
    if value is None:
        return None
    return str(value) if isinstance(value, str) else as_json(value)


def flat(record: Mapping[str, object]) -> dict[str, Cell]:
    """One record as flat cells: a GeoJSON feature by its properties and geometry, any other by dotted keys."""
    if record.get("type") == "Feature" and isinstance(record.get(GEOMETRY), dict | None) and "properties" in record:
        return _feature(record)
    cells: dict[str, Cell] = {}
    _flatten(record, "", cells)
    return cells


def find_records(value: object) -> list[Records]:
    """Every table in the value; empty when it holds no records."""
    match value:
        case list():
            return _from_list(value, "")
        case dict():
            return _from_object(value)
        case _:
            return []


def _flatten(record: Mapping[str, object], prefix: str, cells: dict[str, Cell]) -> None:
    for key, value in record.items():
        if isinstance(value, dict) and value:
            _flatten(value, f"{prefix}{key}.", cells)
        else:
            cells[prefix + key] = None if value in ({}, []) else as_cell(value)


def _feature(record: Mapping[str, object]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    properties = record.get("properties")
    if isinstance(properties, dict):
        _flatten(properties, "", cells)
    if "id" in record and "id" not in cells:
        cells = {"id": as_cell(record["id"]), **cells}
    shape = record.get(GEOMETRY)
    cells[f"{GEOMETRY}_1" if GEOMETRY in cells else GEOMETRY] = as_cell(shape)
    return cells


def _bare_geometry(value: Mapping[str, object]) -> dict[str, Cell]:
    shape = {key: value[key] for key in ("type", "coordinates", "geometries") if key in value}
    return _feature({"properties": value.get("properties"), GEOMETRY: shape})


def _from_list(items: Sequence[object], name: str) -> list[Records]:
    if not items:
        return []
    kinds = {type(item) for item in items}
    if dict in kinds:
        return [_from_records(items, name)]
    if kinds == {list}:
        return [_from_grid(items, name)]
    return [Records(name, lambda: ({"值": as_cell(item)} for item in items))]


def _from_records(items: Sequence[object], name: str) -> Records:
    records = [item for item in items if isinstance(item, dict)]
    if all(record.get("type") == "Feature" for record in records):
        return Records(name, lambda: _plain(items), "geojson")
    child = _child_key(records) if len(records) == len(items) else ""
    if not child:
        return Records(name, lambda: _plain(items))
    if _is_tree(records, child):
        note = f"树形数据：每个节点一行，“{LEVEL}”是层次，“{PARENT}”列指向上级。"
        return Records(name, lambda: _tree_rows(records, child, _identity(records), 1, None), notes=(note,))
    return Records(name, lambda: _leaf_rows(records, child, "", {}), notes=(f"嵌套列表“{child}”已展开：每个下级一行，带上级字段。",))


def _plain(items: Sequence[object]) -> Iterator[dict[str, Cell] | str]:
    for item in items:
        yield flat(item) if isinstance(item, dict) else as_json(item)


def _child_key(records: Sequence[Mapping[str, object]]) -> str:
    """The one key under which at least half of the records hold a list of records; "" for none or several."""
    counts: dict[str, int] = {}
    for record in records:
        for key, value in record.items():
            if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
                counts[key] = counts.get(key, 0) + 1
    return next(iter(counts)) if len(counts) == 1 and max(counts.values()) * 2 >= len(records) else ""


def _is_tree(records: Sequence[Mapping[str, object]], child: str) -> bool:
    own = {key for record in records for key in record} - {child}
    lower = {key for record in records for item in _children(record, child) for key in item}
    return child in lower or bool(own and lower <= own)


def _children(record: Mapping[str, object], child: str) -> list[dict[str, object]]:
    value = record.get(child)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _identity(records: Sequence[Mapping[str, object]]) -> str:
    keys = [key for key, value in records[0].items() if not isinstance(value, list | dict)]
    return next((key for key in _KEY_NAMES if key in keys), keys[0] if keys else "")


def _tree_rows(
    records: Sequence[Mapping[str, object]], child: str, key: str, level: int, parent: Cell
) -> Iterator[dict[str, Cell]]:
    for record in records:
        cells = flat({name: value for name, value in record.items() if name != child})
        yield {**cells, LEVEL: str(level), f"{PARENT}.{key}" if key else PARENT: parent}
        yield from _tree_rows(_children(record, child), child, key, level + 1, cells.get(key))


def _leaf_rows(
    records: Sequence[Mapping[str, object]], child: str, prefix: str, above: dict[str, Cell]
) -> Iterator[dict[str, Cell]]:
    for record in records:
        own = flat({name: value for name, value in record.items() if name != child})
        cells = {**above, **{prefix + name: cell for name, cell in own.items()}}
        lower = _children(record, child) if child else []
        if not lower:
            yield cells
            continue
        yield from _leaf_rows(lower, _child_key(lower), f"{prefix}{child}.", cells)


def _from_grid(items: Sequence[object], name: str, *, is_headed: bool = False) -> Records:
    """A list of lists: rows of cells, the first perhaps (`is_headed`: surely) a header."""
    grid = [[as_cell(cell) for cell in row] for row in items if isinstance(row, list)]
    width = max(len(row) for row in grid)
    layout = None if is_headed else find_layout(grid[:200], width=width)
    names = layout.names if layout else tuple(unique([cell or "" for cell in grid[0]]))

    def rows() -> Iterator[dict[str, Cell]]:
        for row in grid[layout.data if layout else 1 :]:
            yield dict(zip(names, [*row, *[None] * (width - len(row))], strict=True))

    return Records(name, rows)


def _from_object(value: dict[str, object]) -> list[Records]:
    kind = value.get("type")
    features = value.get("features")
    if isinstance(features, list) and (kind == "FeatureCollection" or all(_is_feature(item) for item in features)):
        return [Records("", lambda: _plain(features), "geojson")] if features else []
    if kind == "Feature":
        return [Records("", lambda: iter([flat(value)]), "geojson")]
    if kind in _GEOMETRIES and ("coordinates" in value or "geometries" in value):
        return [Records("", lambda: iter([_bare_geometry(value)]), "geojson", ("文件是一个几何图形，不是要素集合：一行。",))]
    if kind == "CityJSON" and isinstance(objects := value.get("CityObjects"), dict):
        return _city_objects(objects)
    lists = list(_record_lists(value, "", 1))
    grids = [] if lists else list(_grids(value, "", 1))
    if grids:
        return grids
    if lists:
        notes = tuple(f"文件级信息：{k}={c[:100]}" for k, c in _scalars(value))
        return [Records(r.name, r.rows, r.format, (*r.notes, *notes)) for path, items in lists for r in _from_list(items, path)]
    return [_from_map(value)] if value else []


def _is_feature(item: object) -> bool:
    return isinstance(item, dict) and item.get("type") == "Feature"


def _scalars(value: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, item in value.items():
        if isinstance(item, str) and item:
            yield key, item


def _record_lists(value: Mapping[str, object], prefix: str, depth: int) -> Iterator[tuple[str, list[object]]]:
    for key, item in value.items():
        if isinstance(item, list) and item and all(isinstance(part, dict) for part in item):
            yield prefix + key, item
        elif isinstance(item, dict) and depth < _DEEPEST_LIST:
            yield from _record_lists(item, f"{prefix}{key}.", depth + 1)


def _grids(value: Mapping[str, object], prefix: str, depth: int) -> Iterator[Records]:
    """Rows of cells beside the list of their headings: {"columns": ["区县", "值"], "rows": [["船山区", 1]]}."""
    headings = [item for item in value.values() if isinstance(item, list) and len(item) > 1 and all(_is_heading(part) for part in item)]
    for key, item in value.items():
        if isinstance(item, list) and item and all(isinstance(row, list) for row in item):
            rows = [row for row in item if isinstance(row, list)]
            names = next((found for found in headings if all(len(row) == len(found) for row in rows)), None)
            if names is not None:
                yield _from_grid([names, *rows], prefix + key, is_headed=True)
        elif isinstance(item, dict) and depth < _DEEPEST_LIST:
            yield from _grids(item, f"{prefix}{key}.", depth + 1)


def _is_heading(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Number) and bool(value.strip())


def _city_objects(objects: Mapping[str, object]) -> list[Records]:
    def rows() -> Iterator[dict[str, Cell]]:
        for key, item in objects.items():
            record = dict(item) if isinstance(item, dict) else {"value": item}
            shape = record.pop(GEOMETRY, None)
            yield {"id": key, **flat(record), GEOMETRY: as_cell(shape)}

    note = "CityJSON：每个城市对象一行；几何以顶点序号表示，顶点表与坐标变换在原始文件中。"
    return [Records("", rows, notes=(note,))] if objects else []


def _from_map(value: Mapping[str, object]) -> Records:
    """An object without lists of records: columns, records by key, levels of a hierarchy, or one record."""
    values = list(value.values())
    lengths = {len(item) if isinstance(item, list) and not _holds_nested(item) else -1 for item in values}
    if len(values) > 1 and len(lengths) == 1 and -1 not in lengths and lengths != {0}:
        return Records("", lambda: _column_rows(value), notes=("按列存放的 JSON，已转为按行。",))
    if all(isinstance(item, dict) and item for item in values) and _share_keys(values):
        return Records("", lambda: _keyed_rows(value), notes=("键值对象：每个键一行，键在“键”列。",))
    if all(isinstance(item, dict | list) for item in values) and _is_hierarchy(value):
        return Records("", lambda: _path_rows(value, ()), notes=("多级名录：每个末级一行，上级依次在“第1级、第2级……”列。",))
    return Records("", lambda: iter([flat(value)]), notes=("单个对象：一行。",))


def _holds_nested(items: Sequence[object]) -> bool:
    return any(isinstance(item, list | dict) for item in items)


def _share_keys(values: Sequence[object]) -> bool:
    keys = [set(item) for item in values if isinstance(item, dict)]
    common = set.intersection(*keys) if keys else set()
    return len(keys) > 1 and len(common) * 2 >= max(len(k) for k in keys)


def _is_hierarchy(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(_is_hierarchy(item) for item in value.values())
    return isinstance(value, list) and bool(value) and not _holds_nested(value)


def _column_rows(value: Mapping[str, object]) -> Iterator[dict[str, Cell]]:
    columns = [item for item in value.values() if isinstance(item, list)]
    for cells in zip(*columns, strict=True):
        yield dict(zip(value, map(as_cell, cells), strict=True))


def _keyed_rows(value: Mapping[str, object]) -> Iterator[dict[str, Cell]]:
    for key, item in value.items():
        yield {"键": key, **(flat(item) if isinstance(item, dict) else {})}


def _path_rows(value: object, above: tuple[str, ...]) -> Iterator[dict[str, Cell]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _path_rows(item, (*above, key))
    elif isinstance(value, list):
        for item in value:
            path = (*above, as_cell(item))
            yield {f"第{level}级": cell for level, cell in enumerate(path, 1)}
