"""Places where a test may kill the process, to prove that what was half done is finished or undone later."""

import os
import signal


def point(name: str) -> None:
    """Die at once (SIGKILL, no clean-up) when the environment's SUIXIN_CRASH_AT names this point."""
    if os.environ.get("SUIXIN_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
