"""What every maker of demo files is given."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from suixin.cities.specs import City


@dataclass(frozen=True, slots=True)
class Making:
    """One maker's task: where to write, about which city, with which source of chance."""

    directory: Path
    city: City
    random: Random
