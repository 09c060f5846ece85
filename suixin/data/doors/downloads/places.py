"""GeoJSON made by SQL: a geometry item holding GeoJSON, or a pair of longitude and latitude items."""

from suixin.data.access.plans import Column, Plan
from suixin.data.access.sqltext import identifier, literal, time_text
from suixin.data.access.values import NUMERIC
from suixin.data.catalog.contract import ItemType

_LONGITUDES = frozenset({"lon", "lng", "longitude", "jd", "经度"})
_LATITUDES = frozenset({"lat", "latitude", "wd", "纬度"})


def has_place(plan: Plan) -> bool:
    """Whether rows of the plan can be drawn on a map."""
    return _geometry(plan) is not None or _pair(plan) is not None


def point_columns(plan: Plan) -> tuple[str, str] | None:
    """Fields of longitude and latitude, shown whole; None when there is no such pair."""
    pair = _pair(plan)
    return (pair[0].field, pair[1].field) if pair else None


def geojson_select(plan: Plan, relation: str) -> str:
    """SELECT of the lines of a FeatureCollection; a row without place has a null geometry."""
    geometry = _geometry(plan)
    pair = _pair(plan)
    used = {geometry.field} if geometry else set()
    drawn = _drawn(geometry) if geometry else _point(pair) if pair else "'null'"
    properties = ", ".join(f"{identifier(c.field)} := {_value(c)}" for c in plan.columns if c.field not in used)
    shown = f"CAST(to_json(struct_pack({properties})) AS VARCHAR)" if properties else "'{}'"
    opening = literal('{"type":"Feature","geometry":')
    feature = f"{opening} || coalesce({drawn}, 'null') || ',\"properties\":' || {shown} || '}}'"
    comma = "CASE WHEN row_number() OVER () = 1 THEN '' ELSE ',' END"
    head = literal('{"type":"FeatureCollection","features":[')
    return f"SELECT {head} AS line UNION ALL SELECT {comma} || {feature} FROM ({relation}) UNION ALL SELECT ']}}'"


def _geometry(plan: Plan) -> Column | None:
    return next((c for c in plan.columns if c.item.type is ItemType.GEOMETRY and not c.mask), None)


def _pair(plan: Plan) -> tuple[Column, Column] | None:
    longitude = next((c for c in plan.columns if _is(c, _LONGITUDES)), None)
    latitude = next((c for c in plan.columns if _is(c, _LATITUDES)), None)
    return (longitude, latitude) if longitude and latitude else None


def _is(column: Column, names: frozenset[str]) -> bool:
    return not column.mask and column.item.type in NUMERIC and bool(names & {column.field.lower(), column.name})


def _drawn(column: Column) -> str:
    name = identifier(column.field)
    return f"CASE WHEN json_valid({name}) AND starts_with(ltrim({name}), '{{') THEN {name} END"


def _point(pair: tuple[Column, Column]) -> str:
    x, y = (f"CAST({identifier(column.field)} AS VARCHAR)" for column in pair)
    return f"'{{\"type\":\"Point\",\"coordinates\":[' || {x} || ',' || {y} || ']}}'"


def _value(column: Column) -> str:
    name = identifier(column.field)
    if column.type in (ItemType.DOUBLE, ItemType.FLOAT):
        return f"CASE WHEN isfinite({name}) THEN {name} END"
    return time_text(name) if column.type is ItemType.DATETIME else name
