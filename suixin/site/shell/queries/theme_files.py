"""Blank forms and samples of a theme's materials as files: those of the guides of the items that want them, on the theme's versions."""

from collections.abc import Iterator, Mapping

from django.urls import reverse

from suixin.services.items import papers
from suixin.services.items.models import ItemVersion
from suixin.services.items.stated import rows_of
from suixin.services.themes.declaration import Whole
from suixin.services.themes.rules.merging import Material, key_of
from suixin.site.shell.tongues import English, said
from suixin.site.shell.words import word

Offered = Mapping[str, tuple[ItemVersion, Mapping[int, list[tuple[str, str]]]]]
File = tuple[str, str, str]  # what it is, its name, where it is


def offered(whole: Whole) -> Offered:
    """By part, its item's version with what can be downloaded of it."""
    wanted = {(one.code, one.version): name for name, one in whole.offers.items()}
    codes = {code for code, _ in wanted}
    rows = ItemVersion.objects.select_related("item").filter(item__code__in=codes, number__in={number for _, number in wanted})
    return {name: (one, papers.offered(one)) for one in rows if (name := wanted.get((one.item.code, one.number), ""))}


def files_of(material: Material, found: Offered, english: English) -> list[File]:
    """The form and the sample of a material, each once, of the first part that has it."""
    files: dict[str, File] = {}
    for version, number, kind, name in _named(material, found):
        if kind not in files:
            href = reverse("guide-file", args=[version.item.code, number, kind])
            files[kind] = (word(papers.KINDS[kind][2]), said(name, english), f"{href}?version={version.number}")
    return [files[kind] for kind in papers.KINDS if kind in files]


def _named(material: Material, found: Offered) -> Iterator[tuple[ItemVersion, int, str, str]]:
    for part in material.parts:
        if part not in found:
            continue
        version, kinds = found[part]
        for number, row in enumerate(rows_of(version.content, "materials"), 1):
            if key_of(row) == key_of(material.row):
                yield from ((version, number, kind, name) for kind, name in kinds.get(number, ()))
