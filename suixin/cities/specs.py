"""A city as frozen values: what its folder declares, checked and typed, nothing written anywhere.

Organisations and resources name one another by slug; `ResourceSpec.draft` already carries the credit code.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.drafts import ResourceDraft


@dataclass(frozen=True, slots=True)
class OrganisationSpec:
    """A public body or firm; keys are those of `ground.people`. `uscc` is an example code (示例代码)."""

    uscc: str
    name: str
    short_name: str
    slug: str
    kind: str
    division_code: str
    parent: str = ""
    public_name: str = ""
    is_bureau: bool = False


@dataclass(frozen=True, slots=True)
class DivisionSpec:
    """An administrative division. An absent bound of validity is unknown; `as_of` is a day it was in force."""

    code: str
    name: str
    kind: str
    parent: str
    valid_from: date | None = None
    valid_to: date | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """A theme of the catalogue and of the portal."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """A catalogue entry to register, and the file names (fnmatch patterns) that bring its rows."""

    slug: str
    provider: str
    draft: ResourceDraft
    patterns: tuple[str, ...]

    @property
    def contract(self) -> Contract:
        """What the entry promises about its table; its code is given on registration."""
        return self.draft.contract


@dataclass(frozen=True, slots=True)
class IndicatorSpec:
    """A measure with its SQL over tables of the catalogue."""

    slug: str
    title: str
    unit: str
    description: str
    frequency: str
    tables: tuple[str, ...]
    chart: str
    sql: str


@dataclass(frozen=True, slots=True)
class City:
    """One city. `bounds` is west, south, east, north; `centre` longitude, latitude; `bureau` a slug."""

    slug: str
    code: str
    name: str
    short_name: str
    english_name: str
    province: str
    bounds: tuple[float, float, float, float]
    centre: tuple[float, float]
    bureau: str
    area_telephone_code: str
    plate_prefix: str
    folder: Path
    organisations: tuple[OrganisationSpec, ...]
    divisions: tuple[DivisionSpec, ...]
    themes: tuple[ThemeSpec, ...]
    resources: tuple[ResourceSpec, ...]
    indicators: tuple[IndicatorSpec, ...]

    @property
    def organisations_path(self) -> Path:
        """The list that `people.load_organisations` takes."""
        return self.folder / "organisations.yaml"

    def organisation(self, slug: str) -> OrganisationSpec:
        """The organisation of that slug. Raises KeyError."""
        return {o.slug: o for o in self.organisations}[slug]

    def districts(self) -> tuple[DivisionSpec, ...]:
        """Districts and counties in force, in order of code."""
        return tuple(d for d in self.divisions if d.kind in ("district", "county") and d.valid_to is None)

    def townships(self, parent: str = "") -> tuple[DivisionSpec, ...]:
        """Subdistricts, towns and townships, of one district or of all."""
        return tuple(d for d in self.divisions if len(d.code) == 9 and d.parent in (parent or d.parent,))
