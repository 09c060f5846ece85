"""A child process that ends with its parent, however the parent ends (PR_SET_PDEATHSIG, Linux only)."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, sign: signal.Signals) -> None:
    """This process gets `sign` when its parent dies; it ends at once when that happened already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(sign))
    if os.getppid() != parent:
        os._exit(1)
