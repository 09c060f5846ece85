"""How many threads a web process has: those that answer, and those in which slow clients are waited for (slow_clients.py).

Knows no Django: the server counts before anything is set up.
"""

import os

VARIABLE = "SUIXIN_ANSWERING_THREADS"
BODIES = 8  # on their way in
FILES = 12  # on their way out, as many as `doors.streams` lets


def threads_for(answering: int) -> int:
    """How many threads a server needs of which so many answer; told to its processes too."""
    os.environ[VARIABLE] = str(answering)
    return answering + BODIES + FILES
