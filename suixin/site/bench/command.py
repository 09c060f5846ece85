"""`suixin bench NAME [--rows N]`."""

import argparse
import importlib
from pathlib import Path

BENCHES = {
    "audit": 1_000_000, "authorise": 100_000, "catalogue": 1_000, "codes": 1_000_000, "collect": 10_000_000,
    "rows": 10_000_000, "flow": 1_000_000, "lookup": 1_000_000, "download": 5_000_000, "feeds": 10_000_000, "writes": 10_000_000,
    "masks": 1_000_000, "rejects": 1_000_000, "rules": 1_000_000, "search": 20_000, "items": 5_000, "share": 1_000_000, "cases": 1_000_000,
}
_MODULES = {"rules": "rule_cost"}  # a file called rules holds pure rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which bench, over how many rows, where its files go."""
    parser.add_argument("name", choices=sorted(BENCHES), help="what to measure")
    parser.add_argument("--rows", type=int, default=0, help="rows to measure on (each bench has its own default)")
    parser.add_argument(
        "--folder", type=Path, default=None, help="folder for made-up files; default: bench in the home"
    )


def run(options: argparse.Namespace) -> None:
    """Measure and print."""
    from django.conf import settings

    folder: Path = options.folder or settings.SUIXIN.home / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    module = importlib.import_module(f"suixin.site.bench.{_MODULES.get(options.name, options.name)}")
    module.bench(options.rows or BENCHES[options.name], folder).print()
