"""Places of a table as GeoJSON for the page's map: a geometry item, or longitude and latitude."""

import json
from collections.abc import Mapping

import shapely
from shapely.errors import ShapelyError

from suixin.data.access import rows, versions
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.query import RowsQuery
from suixin.data.catalog.contract import ItemType
from suixin.data.catalog.models import Resource
from suixin.data.doors.downloads import places
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

MAX_SHAPES = 2_000


def shapes_of(resource: Resource, *, actor: Actor) -> dict[str, object]:
    """A feature collection of the first rows; places that cannot be read are left out."""
    plan = open_plan(actor, resource, door=Door.PAGE)
    page = rows.fetch_page(plan, RowsQuery(page_size=MAX_SHAPES), versions.pinned(resource.table))
    place = next((c.field for c in plan.columns if c.type is ItemType.GEOMETRY), "")
    pair = places.point_columns(plan)
    geometries = (_geometry(row.get(place)) if place else _point(row, pair) for row in page.rows)
    features = [
        {"type": "Feature", "geometry": geometry, "properties": {"name": _name(plan, row)}}
        for row, geometry in zip(page.rows, geometries, strict=True) if geometry is not None
    ]
    return {"type": "FeatureCollection", "features": features}


def _point(row: Mapping[str, object], pair: tuple[str, str] | None) -> dict[str, object] | None:
    if pair is None:
        return None
    try:
        place = [float(str(row[pair[0]])), float(str(row[pair[1]]))]
    except ValueError:
        return None
    return {"type": "Point", "coordinates": place} if abs(place[0]) <= 180 and abs(place[1]) <= 90 else None


def _geometry(value: object) -> dict[str, object] | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        shape = shapely.from_geojson(value) if value.lstrip().startswith("{") else shapely.from_wkt(value)
    except ShapelyError:
        return None
    found: dict[str, object] = json.loads(shapely.to_geojson(shape))
    return found


def has_place(resource: Resource, *, actor: Actor) -> bool:
    """Whether `actor` may see places of the table."""
    try:
        return places.has_place(open_plan(actor, resource, door=Door.PAGE))
    except SuixinError:
        return False


def _name(plan: Plan, row: Mapping[str, object]) -> str:
    column = next((c for c in plan.columns if "name" in c.field or "名" in c.name), None)
    return str(row.get(column.field) or "") if column else ""
