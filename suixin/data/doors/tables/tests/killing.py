"""A run that dies: `killing.py FILE POINT` does the run that FILE holds (pickled: exchange, target, plan) and is killed at POINT.

It needs no control database: how far an exchange is stands at the receiver.
"""

import os
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import django

django.setup()  # models may be imported next

from django.conf import settings  # noqa: E402

from suixin.data.doors.models import ExchangeRun  # noqa: E402
from suixin.data.doors.tables import running  # noqa: E402
from suixin.data.doors.tables.receivers import Receiver  # noqa: E402


def main(file: Path, point: str) -> None:
    """Run, and die in the second piece."""
    exchange, target, plan, folders = pickle.loads(file.read_bytes())
    settings.SUIXIN = replace(settings.SUIXIN, source_networks=("127.0.0.0/8",), source_folders=folders)
    running.PIECE_ROWS = 40

    def tell(percent: int, sentence: str) -> None:
        os.environ["SUIXIN_CRASH_AT"] = point

    with Receiver(target) as opened:
        running._Work(exchange, ExchangeRun(exchange=exchange), plan, opened, tell).go(is_anew=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
