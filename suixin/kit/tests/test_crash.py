"""Kill points."""

import os
import signal
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("named", "code"), [("committed", -signal.SIGKILL), ("archived", 0), ("", 0)])
def test_only_the_named_point_kills(named: str, code: int) -> None:
    program = "from suixin.kit.crash import point; point('committed')"
    environment = {**os.environ, "SUIXIN_CRASH_AT": named}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == code
