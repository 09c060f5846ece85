"""`suixin search rebuild`: the full-text index made again from what is on record."""

import argparse
import time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which kind of objects."""
    parser.add_argument("verb", choices=["rebuild"], help="rebuild: index everything anew; searching goes on meanwhile")
    parser.add_argument("--kind", default="", help="resource or dataset; all kinds without it")


def run(options: argparse.Namespace) -> None:
    """Index kind by kind, with progress and the time that is left."""
    from suixin.ground.search import actions, registry

    for kind in [registry.kind_by(options.kind)] if options.kind else registry.kinds():
        started = time.monotonic()

        def tell(done: int, total: int, title: str = kind.title, since: float = started) -> None:
            left = (time.monotonic() - since) / done * (total - done)
            print(f"{title} {done:,}/{total:,},约剩 {left:.0f} 秒", flush=True)

        print(f"{kind.title}:已索引 {actions.rebuild(kind.name, progress=tell):,} 条", flush=True)
