"""`suixin migrate`: the control database at the current version."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much to tell."""
    parser.add_argument("--quiet", action="store_true")


def run(options: argparse.Namespace) -> None:
    """Bring the control database to the current version."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0 if options.quiet else 1)
