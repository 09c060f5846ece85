"""Anchors: signed statements of where the chain stood, one line of JSON each, chained among themselves.

Line     {"at", "count", "digest", "fingerprint", "key", "number", "previous", "seq", "signature", ["public"], ["system",
         "taken_over"], ["restored"]}, keys sorted; the signature (SM2, r || s) is over the line without it; `previous`
         is SM3 of the line before; `public` stands where the signing key is new; seq 0 holds the system id, h_0 and the
         last record older than the chain
Places   the table Anchor, and a file a day in SUIXIN_ANCHORS, only added to and synced; a line that a crash left
         half written is ended and written again
Promise  a line that was in both places and is missing in one is never silently written again: verify names it
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from django.conf import settings

from suixin.ground.audit import keys
from suixin.ground.audit.errors import AnchorsDisagree, AnchorsUnwritable
from suixin.ground.audit.models import Anchor
from suixin.kit import clock, crash
from suixin.kit.keyring import KeyMissing, Signature
from suixin.kit.sm import sm2_verify, sm3_hex

_TAIL = 1 << 16


@dataclass(frozen=True, slots=True)
class Statement:
    """What an anchor's line says; `restored` is the basis on which the chain went back to `number`, else empty."""

    seq: int
    number: int
    digest: bytes
    previous: str
    at: str
    line: str
    system: str = ""
    restored: str = ""
    taken_over: int = 0


def parsed(line: str) -> Statement | None:
    """The statement of a line; None when it is none."""
    try:
        said = orjson.loads(line)
        return Statement(
            int(said["seq"]), int(said["number"]), bytes.fromhex(said["digest"]), str(said["previous"]), str(said["at"]),
            line, str(said.get("system", "")), str(said.get("restored", "")), int(said.get("taken_over", 0)),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def is_signed(line: str) -> bool:
    """Whether the line carries a good signature by a signing key of this installation."""
    try:
        said = orjson.loads(line)
        signature = Signature(str(said["key"]), str(said.pop("signature")))
        return keys.ring().verify(keys.PURPOSE, _canonical(said), signature)
    except (orjson.JSONDecodeError, KeyError, TypeError, KeyMissing):
        return False


def is_signed_by_itself(line: str, public: bytes) -> bool:
    """Whether the line carries a good signature by `public`; for those who hold no key of the installation."""
    try:
        said = orjson.loads(line)
        return sm2_verify(public, _canonical({k: v for k, v in said.items() if k != "signature"}), bytes.fromhex(said["signature"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return False


def state(number: int, digest: bytes, *, count: int, facts: Mapping[str, object] | None = None) -> Anchor:
    """A new anchor in the database; `keep` brings it to the second place. `facts` stand in the line as well."""
    last = Anchor.objects.order_by("-seq").first()
    at = clock.now()
    seq = last.seq + 1 if last else 0
    said: dict[str, object] = {
        "seq": seq, "number": number, "digest": digest.hex(), "count": count,
        "at": at.isoformat(timespec="milliseconds"), "previous": line_hash(last.line) if last else "",
    }
    line = _signed(said | dict(facts or {}), last.line if last else "")
    return Anchor.objects.create(seq=seq, number=number, at=at, line=line)


def keep() -> int:
    """How many anchors were brought to the second place. Raises AnchorsDisagree, AnchorsUnwritable."""
    unkept = list(Anchor.objects.filter(is_kept=False).order_by("seq"))
    if not unkept:
        return 0
    held = newest_kept()
    _require_same_history(held)
    for anchor in unkept:
        if held is None or anchor.seq > held.seq:
            append(file_of(anchor.at), anchor.line)
        crash.point("audit.anchor_kept")
        Anchor.objects.filter(pk=anchor.pk).update(is_kept=True)
    return len(unkept)


def require_same_history() -> None:
    """Nothing, when the newest line of the second place stands in the database too. Raises AnchorsDisagree."""
    _require_same_history(newest_kept())


def append(path: Path, line: str) -> None:
    """The line at the end of the file, on the disk. Raises AnchorsUnwritable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            ends_torn = not is_new and not _tail(path).endswith(b"\n") and path.stat().st_size > 0
            text = ("\n" if ends_torn else "") + line + "\n"
            half = len(text) // 2
            os.write(descriptor, text[:half].encode())
            crash.point("audit.anchor_torn")
            os.write(descriptor, text[half:].encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(path.parent)
    except OSError as error:
        raise AnchorsUnwritable(
            f"审计锚点不能写入 {path}:{error.strerror}。请检查 SUIXIN_ANCHORS 所指文件夹的权限和空间;恢复后会自动补写。"
        ) from error


def folder() -> Path:
    """The second place."""
    place: Path = settings.SUIXIN.anchors
    return place


def files(place: Path | None = None) -> list[Path]:
    """Files of anchors, oldest day first."""
    return sorted((place or folder()).glob("anchors-*.ndjson"))


def file_of(at: datetime) -> Path:
    """The file of an anchor of that instant."""
    return folder() / f"anchors-{at.astimezone(clock.CHINA):%Y%m%d}.ndjson"


def kept(place: Path | None = None) -> Iterator[tuple[Path, Statement]]:
    """Every statement of the second place in order; what is no statement (torn lines) is passed over."""
    for path in files(place):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if (said := parsed(line.rstrip("\n"))) is not None:
                    yield path, said


def newest_kept() -> Statement | None:
    """The last statement of the second place."""
    for path in reversed(files()):
        for line in reversed(_tail(path).decode("utf-8", "replace").splitlines()):
            if (said := parsed(line)) is not None:
                return said
    return None


def line_hash(line: str) -> str:
    """SM3 of a line, as the next one quotes it."""
    return sm3_hex(line.encode())


def _require_same_history(held: Statement | None) -> None:
    if held is None:
        return
    known = Anchor.objects.filter(seq=held.seq).values_list("line", flat=True).first()
    if known != held.line:
        raise AnchorsDisagree(
            f"审计锚点文件夹 {folder()} 的最后一条(第 {held.seq} 条,到记录 {held.number})与数据库不符:数据库可能被截断、改动,"
            "或从备份恢复过。请先运行 suixin audit verify;确系恢复备份的,运行 suixin audit accept-restore --basis 说明依据。",
            seq=held.seq, number=held.number,
        )


def _signed(said: dict[str, object], before: str) -> str:
    public = keys.ring().public_key(keys.PURPOSE)
    said["fingerprint"] = hashlib.new("sm3", public).hexdigest()[:32]
    if orjson.loads(before or "{}").get("fingerprint") != said["fingerprint"]:
        said["public"] = public.hex()
    key = next(k for k in reversed(keys.ring().versions(keys.PURPOSE)) if k.public == public.hex())
    said["key"] = f"{keys.PURPOSE}:{key.version}"
    signature = keys.ring().sign(keys.PURPOSE, _canonical(said))
    return _canonical({**said, "signature": signature.value}).decode()


def _canonical(said: dict[str, object]) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return file.read()


def _sync_folder(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
