"""Processes of a bench: run one to its end with time and peak memory, or serve and stop."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from suixin.kit.errors import SuixinError

PORTS = range(20_000, 32_000)


class BenchFailed(SuixinError):
    """A process of the bench ended badly; the sentence quotes its last lines."""

    code = "bench-500"


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished process: wall seconds, processor seconds, peak resident memory in MiB."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    output: str


def run(command: Sequence[str], *, home: Path, log: Path, variables: Mapping[str, str] | None = None) -> Ran:
    """Run `command` to its end with SUIXIN_HOME at `home`. Raises BenchFailed."""
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment(home, **variables or {}), stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text("utf-8", "replace")
    if process.returncode:
        raise BenchFailed(f"{' '.join(command[:4])} 以 {process.returncode} 结束:{text[-1500:]}")
    return Ran(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def python(*words: str) -> list[str]:
    """The command that runs a module with this interpreter."""
    return [sys.executable, "-m", *words]


@contextmanager
def serving(
    command: Sequence[str], *, home: Path, port: int, log: Path, variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that answers at `port` inside the block. Raises BenchFailed when it does not."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment(home, **variables or {}), stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(port, process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of the loopback that nobody listens at, outside the range from which the system takes those of clients."""
    for port in random.sample(PORTS, 50):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise BenchFailed("本机 20000 至 32000 之间没有找到空闲端口;请结束占用端口的程序后再试。")


def family(pid: int) -> list[int]:
    """A process and those it started."""
    import psutil

    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def processor_seconds(pids: Sequence[int]) -> float:
    """Processor seconds that these processes took so far."""
    import psutil

    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(one.user + one.system for one in times)


def environment(home: Path, **more: str) -> Mapping[str, str]:
    """The environment of a process whose state lives in `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIXIN_")}
    return {**kept, "SUIXIN_HOME": str(home), "PYTHONUNBUFFERED": "1", **more}


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180  # a busy machine starts slowly
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise BenchFailed(f"服务没有在端口 {port} 上应答:{log.read_text('utf-8', 'replace')[-1500:]}")
