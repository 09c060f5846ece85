"""`suixin worker`: the process that runs background jobs, schedules and loops; `suixin serve` starts one."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose child it is."""
    parser.add_argument("--parent", type=int, default=0, metavar="PID", help="end when this process ends (it must be the parent)")


def run(options: argparse.Namespace) -> int:
    """Work until stopped."""
    from suixin.ground.jobs import cluster

    return cluster.run(parent=options.parent)
