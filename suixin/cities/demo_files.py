"""The demo's messy input files, made afresh from a seed: 模拟数据, nobody and nothing real.

Files    11 subjects in 11 formats and habits: GB18030 CSV, CSV with BOM by month, semicolon CSV, UTF-16 TSV, two
         workbooks, nested JSON, GeoJSON, gzipped JSON lines, SQLite, Parquet
Promise  the same seed gives the same bytes; no number in them can be a person's or a firm's (demo/invented.py)
Use      python -m suixin.cities.demo_files DIRECTORY
"""

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from suixin.cities.demo.air import write_air
from suixin.cities.demo.bodies import write_bad, write_bodies
from suixin.cities.demo.firms import write_firms
from suixin.cities.demo.making import Making
from suixin.cities.demo.places import write_bus_stops, write_reservoirs, write_schools, write_townships
from suixin.cities.demo.residents import write_residents
from suixin.cities.demo.statistics import write_electricity, write_population, write_services
from suixin.cities.loader import load_city

SEED = 510900
_MAKERS: tuple[Callable[[Making], list[Path]], ...] = (
    write_firms, write_population, write_air, write_electricity, write_bus_stops, write_residents, write_services,
    write_bodies, write_townships, write_schools, write_reservoirs,
)


def make(directory: Path, *, seed: int = SEED, include_bad: bool = False) -> list[Path]:
    """The paths of the files written under `directory`, in order of writing; existing ones are overwritten.

    With `include_bad` a folder 坏文件示例 of files that must be refused is added.
    """
    directory.mkdir(parents=True, exist_ok=True)
    city = load_city("suining")
    makers = (*_MAKERS, write_bad) if include_bad else _MAKERS
    return [
        path
        for maker in makers
        for path in maker(Making(directory, city, Random(f"{seed}:{maker.__name__}")))  # noqa: S311  # no secrets here
    ]


if __name__ == "__main__":
    for written in make(Path(sys.argv[1])):
        sys.stdout.write(f"{written}\n")
