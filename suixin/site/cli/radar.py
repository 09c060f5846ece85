"""`suixin radar`: compare every entry in force, so that items of different departments that hold the same thing are found."""

import argparse
import time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One table, or all."""
    parser.add_argument("table", nargs="?", default="", help="compare only the entry of that table; all of them without it")
    parser.add_argument("--list", action="store_true", help="print the open findings afterwards, the surest first")


def run(options: argparse.Namespace) -> None:
    """Compare, with progress and the time that is left."""
    from suixin.data.catalog.queries import resource_by
    from suixin.data.quality.radar import scanning

    started = time.monotonic()

    def tell(done: int, total: int) -> None:
        left = (time.monotonic() - started) / done * (total - done)
        print(f"已比对 {done:,}/{total:,} 对目录，约剩 {left:.0f} 秒", flush=True)

    scanned = scanning.scan_one(resource_by(options.table)) if options.table else scanning.scan_all(tell)
    print(scanned.sentence, flush=True)
    if options.list:
        _print_findings()


def _print_findings() -> None:
    from suixin.data.quality.radar.queries import open_findings

    for one in open_findings():
        print(f"{one.score:>3}  {one.left.title}.{one.left_field} ({one.left.provider}) = "
              f"{one.right.title}.{one.right_field} ({one.right.provider})：{one.sentence}")
