"""The catalogue of a city's departments as a workbook to be brought like any other, from two tables that people can read.

Files    catalogue.resources.csv  catalogue.items.csv (columns by their titles in the layout of `catalog.exchange`),
         catalogue.yaml (which entries stay drafts, which are withdrawn and for the sake of which other)
Errors   BadCityFile names file, line or column
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from suixin.cities import strict
from suixin.cities.errors import BadCityFile
from suixin.data.catalog.exchange import writing
from suixin.data.catalog.exchange.layout import ITEMS, RESOURCES, sheets

_FILES = {RESOURCES: "catalogue.resources.csv", ITEMS: "catalogue.items.csv"}


@dataclass(frozen=True, slots=True)
class DepartmentCatalogue:
    """A filled-in workbook, the (credit code, title) of its entries, those that stay drafts, those withdrawn with what stands for them."""

    workbook: bytes = field(repr=False)
    entries: frozenset[tuple[str, str]]
    drafts: frozenset[str]
    withdrawn: Mapping[str, str]


def department_catalogue(folder: Path) -> DepartmentCatalogue | None:
    """The catalogue of the city in that folder; None when it has none. Raises BadCityFile."""
    if not (folder / _FILES[RESOURCES]).is_file():
        return None
    rows = {sheet: list(_rows(folder / name, sheet)) for sheet, name in _FILES.items()}
    keys = [place.key for place in sheets()[RESOURCES]]
    provider, title = keys.index("provider"), keys.index("title")
    entries = frozenset((row[provider], row[title]) for row in rows[RESOURCES])
    page = strict.checked(strict.read_yaml(folder / "catalogue.yaml"), {"drafts": list, "withdrawn": dict}, place="catalogue.yaml")
    named = {*page.get("drafts", ()), *page.get("withdrawn", {}), *page.get("withdrawn", {}).values()}
    if unknown := sorted(named - {name for _, name in entries}):
        raise BadCityFile(f"catalogue.yaml 提到的目录“{unknown[0]}”不在 {_FILES[RESOURCES]} 中。")
    return DepartmentCatalogue(writing.written(rows), entries, frozenset(page.get("drafts", ())), page.get("withdrawn", {}))


def _rows(path: Path, sheet: str) -> Iterator[list[str]]:
    """The lines of a file in the order of the layout's columns; a column that the layout has not is an error."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        unknown = set(reader.fieldnames or ()) - {place.title for place in sheets()[sheet]}
        if unknown:
            raise BadCityFile(f"{path.name} 的列“{sorted(unknown)[0]}”不在“{sheet}”表的列中。")
        for number, line in enumerate(reader, 2):
            if None in line or None in line.values():
                raise BadCityFile(f"{path.name} 第 {number} 行的列数与标题行不同。")
            yield [line.get(place.title, "") for place in sheets()[sheet]]
