"""Finished log files of other modules, sealed: size, SM3 and lines stand in a record of the chain.

The file itself stays where its module put it. `verify` reads it again; a file that its module takes away when its
time is over is told by `expire_file`, otherwise it is missing.
"""

import socket
from pathlib import Path

from django.conf import settings

from suixin.ground.audit.actions import record
from suixin.ground.audit.errors import BadArchive
from suixin.ground.audit.models import Record
from suixin.ground.audit.verdicts import Kind, Verdict
from suixin.kit.actor import Actor
from suixin.kit.sm import new_sm3

SEALED = "audit.file_sealed"
EXPIRED = "audit.file_expired"
_CHUNK = 1 << 20


def seal_file(path: Path, kind: str, actor: Actor, *, lines: int | None = None) -> Record:
    """The record that seals a finished file; once per content. `lines` None: newlines are counted."""
    size, sm3, counted = _measured(path)
    name = _name(path)
    known = Record.objects.filter(action=SEALED, object_key=name).first()
    if known is not None and isinstance(known.detail, dict) and known.detail.get("sm3") == sm3:
        return known
    detail = {"kind": kind, "size": size, "sm3": sm3, "lines": counted if lines is None else lines, "node": socket.gethostname()}
    return record(actor, SEALED, ("audit.file", name), detail=detail)


def is_sealed(path: Path) -> bool:
    """Whether the chain knows a file of that name."""
    return Record.objects.filter(action=SEALED, object_key=_name(path)).exists()


def expire_file(path: Path, actor: Actor, *, basis: str) -> None:
    """The sealed file taken away because its time is over, on record first. Raises BadArchive when it is not sealed."""
    if not is_sealed(path):
        raise BadArchive(f"文件 {path.name} 还没有封存,不能按期销毁;请先运行 suixin audit seal。")
    record(actor, EXPIRED, ("audit.file", _name(path)), basis=basis)
    path.unlink(missing_ok=True)


def check_files(verdict: Verdict, sealed: dict[str, tuple[int, dict[str, object]]], expired: set[str]) -> None:
    """Every sealed file (name to number and detail) as it lies now; those expired need not be there."""
    elsewhere = 0
    for name, (number, detail) in sealed.items():
        path = settings.SUIXIN.home / name
        verdict.files += 1
        if not path.is_file():
            is_ours = detail.get("node") == socket.gethostname()
            elsewhere += not is_ours and name not in expired
            if name not in expired and is_ours:
                verdict.add(Kind.FILE, f"已封存的文件 {name} 不在了(编号 {number} 的记录证明其存在)。", number=number)
        elif path.stat().st_size != detail.get("size") or _measured(path)[1] != detail.get("sm3"):
            verdict.add(Kind.FILE, f"已封存的文件 {name} 被改动:大小或 SM3 与编号 {number} 的记录不符。", number=number)
    if elsewhere:
        verdict.notes.append(f"另有 {elsewhere} 个已封存的文件在其他节点上,本机没有核对。")


def _measured(path: Path) -> tuple[int, str, int]:
    digest, size, lines = new_sm3(), 0, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size, lines = size + len(chunk), lines + chunk.count(b"\n")
    return size, digest.hexdigest(), lines


def _name(path: Path) -> str:
    """The file's name below the home, as a record knows it."""
    home: Path = settings.SUIXIN.home
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)
