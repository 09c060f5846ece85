"""Doors before Django that answer with rows: lookup, rows, downloads."""

import io
import zipfile
from collections.abc import Iterator
from urllib.parse import quote

import pyarrow.parquet as pq

from suixin.data.access.models import Door
from suixin.data.doors.downloads.formats import FORMATS
from tests.proof.registry import door
from tests.proof.scene import Left, Scene

NUMERIC = ("number", "amount")


@door("lean /gateway/*/lookup", by=Door.GATEWAY, examples=12)
def lookup(scene: Scene) -> Iterator[Left]:
    """Every row by its key: all columns, then each alone."""
    for key in scene.keys:
        yield scene.get(f"/gateway/{scene.table}/lookup?code={key}")
    for name in scene.fields:
        yield scene.get(f"/gateway/{scene.table}/lookup?code={scene.keys[1]}&columns={name}")


@door("lean /api/v1/datasets/*/rows", by=Door.ROWS, asked_by=("application", "token", "public"), examples=12)
def rows(scene: Scene) -> Iterator[Left]:
    """All rows, page by page, each column alone, sorted, grouped, found by value, as least and greatest of a group."""
    address = f"/api/v1/datasets/{scene.slug}/rows"
    yield scene.get(address)
    yield scene.get(f"{address}?page_size=2")
    for name in scene.fields:
        yield scene.get(f"{address}?columns={name}&page_size=1")
        yield scene.get(f"{address}?{name}__sort=desc&page_size=1")
        yield scene.get(f"{address}?{name}__groupby&page_size=50")
        yield scene.get(f"{address}?{name}__isnotnull=")
    for name in NUMERIC:
        yield scene.get(f"{address}?owner__groupby&{name}__max&{name}__min&{name}__count")
    yield scene.get(f"{address}?code__exact={scene.keys[0]}")
    yield scene.get(f"{address}?phone__contains={quote(str(scene.rows[2]['phone']))}")


@door("lean /dataset/*/resource/*/download/*", by=Door.DOWNLOAD, asked_by=("application", "token", "public"))
def download(scene: Scene) -> Iterator[Left]:
    """The file in every format."""
    for name in FORMATS:
        left = scene.get(f"/dataset/{scene.slug}/resource/{scene.table}/download/{scene.slug}.{name}")
        yield left
        if left.status == 200 and isinstance(left.body, bytes):
            yield Left(unpacked(name, left.body))


def unpacked(name: str, body: bytes) -> object:
    """A file's values as text."""
    if name == "parquet":
        return pq.read_table(io.BytesIO(body)).to_pylist()
    if name == "xlsx":
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            return "\n".join(file.read(part).decode("utf-8", "replace") for part in file.namelist())
    return body
