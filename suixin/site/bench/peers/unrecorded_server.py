"""What a call costs without its record: our site as `suixin serve --workers 1` serves it, its record writing nothing.

python -m suixin.site.bench.peers.unrecorded_server PORT
"""

import os
import sys
from unittest.mock import patch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")

from suixin.site.wsgi import application

__all__ = ["application"]
THREADS = 4
patch("suixin.data.access.log.keep", lambda access: None).start()


def main(port: int) -> None:
    """Serve until stopped."""
    from granian.constants import Interfaces
    from granian.server import Server

    from suixin.site.thread_counts import threads_for

    Server(
        f"{__spec__.name}:application", address="127.0.0.1", port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=threads_for(THREADS), backlog=256, log_access=False,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
