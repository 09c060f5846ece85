"""The scanner: a command that is given the file, or clamd (ClamAV's daemon) by socket or by host and port.

Setting   `command:/path/program --options` (the file's path is added; exit 0 clean, 1 found, else no answer),
          `clamd:/path/of.socket`, `clamd:host:port`; empty: none
Protocol  clamd's INSTREAM: chunks with their length in 4 bytes, a zero length ends; the answer names what was found
"""

import shlex
import shutil
import socket
import subprocess
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from suixin.ground.files.errors import FileRefused, ScannerSilent

SECONDS = 60
CHUNK = 1 << 16
LONGEST_ANSWER = 4_096
SILENT = "查毒程序没有应答，文件没有保存；请稍后再传，仍不行请联系运维人员。"


def scan(path: Path) -> None:
    """Nothing, when there is no scanner or it found nothing. Raises FileRefused, ScannerSilent."""
    kind, _, rest = setting().partition(":")
    if not kind:
        return
    found = _by_command(rest, path) if kind == "command" else _by_clamd(rest, path)
    if found:
        raise FileRefused("文件没有通过安全检查，没有保存；请先在自己的电脑上查毒，或换一个文件。", found=found[:200])


def setting() -> str:
    """What is configured; empty: none."""
    return str(settings.SUIXIN.file_scanner)


def standing() -> tuple[bool, str]:
    """Whether the scanner answers, and a sentence for the health page."""
    kind, _, rest = setting().partition(":")
    if not kind:
        return True, "没有配置查毒程序，上传的附件只核对类型和大小；需要时设置 SUIXIN_FILE_SCANNER。"
    is_there = shutil.which(shlex.split(rest)[0]) is not None if kind == "command" else _answers(rest)
    return is_there, "查毒程序可用。" if is_there else "查毒程序没有应答，上传附件会被拒绝；请检查 SUIXIN_FILE_SCANNER 和该程序。"


def _by_command(command: str, path: Path) -> str:
    try:
        done = subprocess.run([*shlex.split(command), str(path)], capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScannerSilent(SILENT) from error
    if done.returncode not in (0, 1):
        raise ScannerSilent(SILENT)
    return done.stdout.decode("utf-8", "replace").strip() or "found" if done.returncode else ""


def _by_clamd(address: str, path: Path) -> str:
    try:
        with _connected(address) as line, path.open("rb") as file:
            line.sendall(b"zINSTREAM\0")
            _send(line, file)
            answer = _answer(line)
    except OSError as error:
        raise ScannerSilent(SILENT) from error
    if answer.endswith("FOUND"):
        return answer.removeprefix("stream: ")
    if not answer.endswith("OK"):
        raise ScannerSilent(SILENT)
    return ""


def _send(line: socket.socket, file: BinaryIO) -> None:
    while chunk := file.read(CHUNK):
        line.sendall(len(chunk).to_bytes(4, "big") + chunk)
    line.sendall(bytes(4))


def _answers(address: str) -> bool:
    try:
        with _connected(address) as line:
            line.sendall(b"zPING\0")
            return _answer(line) == "PONG"
    except OSError:
        return False


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def _answer(line: socket.socket) -> str:
    received = b""
    while len(received) < LONGEST_ANSWER and not received.endswith(b"\0"):
        part = line.recv(LONGEST_ANSWER)
        if not part:
            break
        received += part
    return received.rstrip(b"\0").decode("utf-8", "replace").strip()
