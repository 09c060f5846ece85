"""`suixin migrate`: the control database at the current version, and the procedures that modules ship."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much to tell."""
    parser.add_argument("--quiet", action="store_true")


def run(options: argparse.Namespace) -> None:
    """Bring the control database to the current version; publish shipped procedures that are new or changed."""
    from django.core.management import call_command

    from suixin.ground.flow.procedures import load_shipped
    from suixin.kit.actor import SYSTEM

    call_command("migrate", interactive=False, verbosity=0 if options.quiet else 1)
    for version in load_shipped(actor=SYSTEM):
        if not options.quiet:
            print(f"已发布流程 {version}。")
