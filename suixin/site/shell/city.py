"""The city as the pages name it, read once from `suixin/cities/<slug>/city.yaml`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

CITIES = Path(__file__).resolve().parents[2] / "cities"


@dataclass(frozen=True, slots=True)
class City:
    """Names and code of the city."""

    code: str
    name: str
    english_name: str


@cache
def city(slug: str) -> City:
    """The city of that folder; an installation without one is shown under a plain name."""
    path = CITIES / slug / "city.yaml"
    if not path.is_file():
        return City("", "城市", "City")
    entries = yaml.safe_load(path.read_text("utf-8"))
    return City(str(entries["code"]), str(entries["name"]), str(entries.get("english_name", entries["name"])))
