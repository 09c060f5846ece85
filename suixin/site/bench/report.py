"""A bench's result: figures with units, ratios with fixed names, the machine; a table and one JSON line."""

import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import orjson

from suixin.kit.errors import SuixinError


class MissingPeer(SuixinError):
    """A peer that a bench compares with is not installed; a blank would pretend."""

    code = "bench-424"


@dataclass(slots=True)
class Report:
    """What one bench found. Ratios are ours over the limit or peer measured in the same run."""

    bench: str
    rows: int
    figures: dict[str, tuple[float, str]] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str) -> None:
        """Keep one figure."""
        self.figures[name] = (value, unit)

    def ratio(self, name: str, value: float) -> None:
        """Keep one ratio."""
        self.ratios[name] = value

    def print(self) -> None:
        """The table, the notes, and the JSON object as the last line."""
        width = max((len(name) for name in (*self.figures, *self.ratios)), default=10)
        print(f"\nbench {self.bench}, {self.rows:,} rows, {machine()}")
        for name, (value, unit) in self.figures.items():
            print(f"  {name:<{width}}  {value:>14,.3f} {unit}")
        for name, value in self.ratios.items():
            print(f"  {name:<{width}}  {value:>14.3f} ×")
        for note in self.notes:
            print(f"  {note}")
        print(orjson.dumps(self.as_dict()).decode(), flush=True)

    def as_dict(self) -> dict[str, object]:
        """The JSON object of the last line."""
        return {
            "bench": self.bench,
            "rows": self.rows,
            "figures": {name: {"value": round(value, 4), "unit": unit} for name, (value, unit) in self.figures.items()},
            "ratios": {name: round(value, 4) for name, value in self.ratios.items()},
            "machine": machine(),
        }


def peer_version(package: str) -> str:
    """Version of a peer's package. Raises MissingPeer."""
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise MissingPeer(f"没有安装 {package},不能与它比较;请先运行 bin/prepare dev 安装开发依赖。") from error


def machine() -> str:
    """Processor, cores, memory and Python of this machine in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
