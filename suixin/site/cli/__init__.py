"""The command line `suixin`: one module of this package per command, imported only when it is called.

A command module offers `add_arguments(parser)` and `run(options) -> int | None`. An error that a
person can act on prints its sentence alone and ends with 2. Anything else is a defect or a broken machine: a person
is told what can be told (`cli.defects`), the traceback goes to a file, and the end is 70. What a command writes is its
account's alone (umask 077); a reader of its output that went away (`| head`) ends it silently with 141.
"""

import argparse
import getpass
import importlib
import os
import select
import socket
import sys
from collections.abc import Sequence

from suixin.kit import origin
from suixin.kit.errors import SuixinError
from suixin.site.cli import homes

COMMANDS = {
    "serve": "serve the site with worker processes",
    "worker": "run background jobs, schedules and loops",
    "collect": "bring files or folders into the lake",
    "source": "list and check the systems that data come from",
    "feed": "list feeds of sources, run one now",
    "agent": "on a department's front machine: read its database and folder, push to the base",
    "appoint": "give an account its post: the first administrator, security officers, auditors",
    "call": "make one signed call of the gateway",
    "share-profile": "print a Delta Sharing profile for an application, or end its tokens",
    "cascade": "exchange with platforms above and below: identity, introductions, turns, daily reconciliation",
    "check": "say whether database, lake, indexes and disk are well",
    "backup": "copy database, lake, files and keys of one instant, or prove such a copy",
    "restore": "make an installation from a backup, proven before it is put in place",
    "receipt": "verify receipts and proofs off line; prove a row; hand receipts over",
    "reseal": "bring tables under the newest key, or seal items of one",
    "notify": "hand over one test message by a channel",
    "keys": "list, rotate and retire keys; bring rows under the newest",
    "procedure": "check, publish and export declarations of procedures",
    "generate": "write what an entry's contract generates: template, schema, DDL, interface, dictionary, samples",
    "standards": "bring a large list of codes as a draft; list code sets in force",
    "radar": "find items of different departments that hold the same thing",
    "search": "make the full-text index again",
    "audit": "seal and verify the audit log",
    "demo": "run the main job on the city's demonstration data",
    "bench": "measure, each figure beside its limit or peer",
    "shots": "make screenshots of every page",
    "migrate": "bring the control database to the current version",
    "manage": "run a command of Django's own",
}
MODULES = {
    "bench": "suixin.site.bench.command", "shots": "suixin.site.shots", "share-profile": "suixin.site.cli.share_profile",
}
WITHOUT_DJANGO = {"manage", "serve", "backup", "restore", "call", "receipt", "agent"}
PIPE_CLOSED = 141  # 128 + SIGPIPE, as Unix tools end


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code of the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    before = os.umask(0o077)
    try:
        with origin.at(_here(words)):
            return _guarded(words)
    finally:
        os.umask(before)


def _here(words: Sequence[str]) -> origin.Origin:
    """This call on record: the machine, the command and the account of the operating system that gave it."""
    try:
        account = getpass.getuser()
    except (OSError, KeyError):  # no name for the number
        account = str(os.getuid())
    return origin.fresh(address=socket.gethostname()[:64], terminal=f"suixin {' '.join(words[:1])} ({account})")


def _guarded(words: list[str]) -> int:
    try:
        return _flushed(_run(words))
    except SuixinError as error:
        print(error.sentence, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 the last resort: no traceback to a person
        if isinstance(error, BrokenPipeError) and _is_output_gone():
            return PIPE_CLOSED
        from suixin.site.cli import defects

        print(defects.told(error), file=sys.stderr)
        return defects.EXIT
    finally:
        if words[:1] != ["agent"]:  # a front machine has no database
            _record_refusals()


def _flushed(ended: int) -> int:
    """The exit code, once everything that was printed is out. Raises BrokenPipeError."""
    sys.stdout.flush()
    return ended


def _is_output_gone() -> bool:
    """Whether nobody reads what we print any more; what is still to be written then goes nowhere."""
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    if not any(event & select.POLLERR for _, event in output.poll(0)):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _run(words: list[str]) -> int:
    name = words[0] if words and words[0] in COMMANDS else None
    parser = argparse.ArgumentParser(prog="suixin", description="遂心: the digital base of a city")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command, text in COMMANDS.items():
        commands.add_parser(command, help=text, description=text, add_help=command != "manage")
    if name == "manage":
        return _manage(words[1:])
    if name is None:
        parser.parse_args(words)
        return 2
    module = importlib.import_module(MODULES.get(name, f"suixin.site.cli.{name}"))
    module.add_arguments(commands.choices[name])
    options = parser.parse_args(words)
    homes.require_for(name)
    if name not in WITHOUT_DJANGO:
        start_django()
    return module.run(options) or 0


def start_django() -> None:
    """Make Django ready to use in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()


def _record_refusals() -> None:
    """Attempts that were refused inside a transaction are recorded now that it is over."""
    from django.apps import apps

    if apps.ready:
        from suixin.ground.audit import refusals

        refusals.flush()


def _manage(words: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["suixin manage", *words])
    return 0
