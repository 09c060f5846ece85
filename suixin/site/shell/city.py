"""The city as the pages name it, read once from `suixin/cities/<slug>/city.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from suixin.kit import yaml_text

CITIES = Path(__file__).resolve().parents[2] / "cities"


@dataclass(frozen=True, slots=True)
class City:
    """Names and code of the city; `facts` that rules of quality may name: division_prefix, west, south, east, north."""

    code: str
    name: str
    english_name: str
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)


@cache
def city(slug: str) -> City:
    """The city of that folder; an installation without one is shown under a plain name."""
    path = CITIES / slug / "city.yaml"
    if not path.is_file():
        return City("", "城市", "City")
    entries = yaml_text.load(path.read_text("utf-8"))
    facts = {"division_prefix": str(entries["code"])[:4]}
    facts |= dict(zip(("west", "south", "east", "north"), map(str, entries.get("bounds", ())), strict=False))
    return City(str(entries["code"]), str(entries["name"]), str(entries.get("english_name", entries["name"])), facts)
