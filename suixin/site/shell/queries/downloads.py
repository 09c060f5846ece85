"""Downloads that a dataset page offers: address, format, size where the bytes are at rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.catalog.models import Resource
from suixin.data.doors.downloads import rest
from suixin.kit.actor import PUBLIC
from suixin.kit.errors import SuixinError

USES = {
    "csv": gettext_noop("表格，UTF-8"), "xlsx": gettext_noop("表格软件"), "json": gettext_noop("程序，整份"),
    "ndjson": gettext_noop("程序，逐行"), "xml": gettext_noop("程序"), "parquet": gettext_noop("分析，列式"),
    "geojson": gettext_noop("地图"),
}


@dataclass(frozen=True, slots=True)
class Download:
    """One format of one table; `size` is None while the bytes are made on the way out."""

    format: str
    use: str
    href: str
    size: int | None = None


def downloads_of(slug: str, resource: Resource) -> Sequence[Download]:
    """Every format of the table shown at `slug`; none while the public may not download it."""
    try:
        plan = open_plan(PUBLIC, resource, door=Door.DOWNLOAD)
        offered = rest.describe(plan, slug=slug, resource_id=resource.table)
    except SuixinError:
        return []
    return [download for one in offered for download in _downloads(one)]


def _downloads(one: dict[str, object]) -> list[Download]:
    """The format; CSV also with the byte order mark without which Excel garbles Chinese."""
    plain = _download(one)
    if one["format"] != "csv":
        return [plain]
    return [plain, Download(plain.format, gettext("表格，用 Excel 打开选这个"), f"{plain.href}?encoding=utf-8-sig")]


def _download(one: dict[str, object]) -> Download:
    name, size = str(one["format"]), one["size"]
    use = gettext(USES[name]) if name in USES else ""
    return Download(name.upper(), use, str(one["url"]), size if isinstance(size, int) else None)
