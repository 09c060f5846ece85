"""Retention: sealed records leave the database for archive files, and archives their contents when the law's time is over.

Place    SUIXIN_HOME/audit-archive/audit-<first>-<last>.ndjson.zst, a line a link: {"number", "digest", "mac", "record"},
         `record` the canonical JSON that was hashed (null once its time is over: the chain stays verifiable)
Order    file written beside, synced, renamed; then, in one transaction: the record of it (first, last, digests, SM3 of the
         file), the online rows deleted. A crash before that leaves a file that the next run writes again
Never    an unsealed record, or one after the last anchor; the cut lies on an anchor, so the rest can be verified alone
Times    settings audit_online_days, audit_years, audit_long_years; the least are the law's (standards/data.md 4.4)
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import orjson
import zstandard
from django.conf import settings
from django.db import transaction

from suixin.ground.audit import chain, sealing, store
from suixin.ground.audit.actions import record
from suixin.ground.audit.errors import BadArchive
from suixin.ground.audit.models import Anchor, Record, Seal
from suixin.ground.audit.verdicts import Kind, Verdict
from suixin.kit import clock, crash
from suixin.kit.actor import Actor
from suixin.kit.sm import new_sm3

ARCHIVED = "audit.archived"
EXPIRED = "audit.archive_expired"
LARGEST = 100_000  # so that writers wait for about a second
# records that vouch for a right or a delivery: kept as long as the file of the application itself
LONG_LIVED = ("access.grant", "sharing.", "security.", "people.application", "lake.", "purge.", "audit.")
_STRETCH = 10_000
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ArchivedLink:
    """One link of an archive; `record` is its canonical JSON, None once its time is over."""

    number: int
    digest: bytes
    mac: bytes
    record: bytes | None

    def line(self) -> bytes:
        """The link as it lies in the file."""
        text = self.record.decode() if self.record is not None else None
        return orjson.dumps({"number": self.number, "digest": self.digest.hex(), "mac": self.mac.hex(), "record": text}) + b"\n"


@dataclass(frozen=True, slots=True)
class Archived:
    """What the chain says of an archive: the number of the newest record about it, and its detail."""

    number: int
    detail: dict[str, object]


def archive(*, actor: Actor, days: int = 0) -> list[Path]:
    """New archive files of records older than `days` (0: the installation's setting), whose online rows are gone."""
    sealing.seal_pending(is_anchored=True)
    before = clock.now() - timedelta(days=days or settings.SUIXIN.audit_online_days)
    made = []
    while (cut := _cut(before)) is not None:
        made.append(_archive_part(*cut, actor=actor))
    return made


def expire(*, actor: Actor) -> list[Path]:
    """Archives rewritten because the time of some of their records is over."""
    today, short, long = clock.today(), settings.SUIXIN.audit_years, settings.SUIXIN.audit_long_years
    return [path for path in archives() if _expire_part(path, _years_before(today, short), _years_before(today, long), actor)]


def folder() -> Path:
    """Where archives lie."""
    home: Path = settings.SUIXIN.home
    return home / "audit-archive"


def archives() -> list[Path]:
    """Archive files by number."""
    return sorted(folder().glob("audit-*-*.ndjson.zst"))


def extent_of(path: Path) -> tuple[int, int]:
    """First and last number of an archive, by its name."""
    first, last = path.name.removeprefix("audit-").removesuffix(".ndjson.zst").split("-")
    return int(first), int(last)


def lines(path: Path) -> Iterator[ArchivedLink]:
    """The links of an archive. Raises BadArchive when it cannot be read to its end."""
    try:
        with zstandard.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                said = orjson.loads(line)
                text = said["record"]
                yield ArchivedLink(
                    int(said["number"]), bytes.fromhex(said["digest"]), bytes.fromhex(said["mac"]),
                    None if text is None else str(text).encode(),
                )
    except (zstandard.ZstdError, orjson.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, OSError) as error:
        raise BadArchive(f"审计归档 {path.name} 读不出来:文件损坏或被改动;请从备份恢复该文件。") from error


def check_archives(verdict: Verdict, told: dict[str, Archived], *, since: int) -> None:
    """Every archive that the chain tells of, as it lies now."""
    for name, archived in told.items():
        path = folder() / name
        if extent_of(path)[1] <= since:
            continue
        verdict.files += 1
        if not path.is_file():
            verdict.add(Kind.ARCHIVE, f"审计归档 {name} 不在了(编号 {archived.number} 的记录证明其存在)。", number=archived.number)
        elif sm3_of(path) not in (archived.detail.get("sm3"), archived.detail.get("was")):
            verdict.add(Kind.ARCHIVE, f"审计归档 {name} 被改动:SM3 与编号 {archived.number} 的记录不符。", number=archived.number)


def sm3_of(path: Path) -> str:
    """SM3 of the file."""
    digest = new_sm3()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _cut(before: datetime) -> tuple[int, int] | None:
    """First and last number to archive next: up to the last anchor whose records are all older; None for nothing."""
    low, _ = store.extent()
    young = Record.objects.filter(at__gte=before).order_by("at", "id").values_list("pk", flat=True).first()
    limit = Seal.objects.filter(record_id__gte=young).order_by("number").values_list("number", flat=True).first() if young else None
    reachable = Anchor.objects.filter(number__gte=low, number__lt=low + LARGEST, at__lt=before)
    if limit is not None:
        reachable = reachable.filter(number__lt=limit)
    last = reachable.order_by("-number").values_list("number", flat=True).first()
    if last is None and low:  # one stretch without an anchor longer than a file
        last = Anchor.objects.filter(number__gte=low, at__lt=before, number__lt=limit or 1 << 62).order_by("number").values_list(
            "number", flat=True).first()
    return (low, last) if low and last is not None and Seal.objects.filter(number=last).exists() else None


def _archive_part(first: int, last: int, *, actor: Actor) -> Path:
    path = folder() / f"audit-{first:012d}-{last:012d}.ndjson.zst"
    digest = _write(path, _links(first, last))
    crash.point("audit.archive_written")
    with transaction.atomic():
        record(actor, ARCHIVED, ("audit.archive", path.name), basis="网络安全法第 23 条、政务数据共享条例第 29 条", detail={
            "first": first, "last": last, "digest": digest, "sm3": sm3_of(path), "size": path.stat().st_size,
        })
        store.take_away(first, last)
        crash.point("audit.archiving")
    return path


def _links(first: int, last: int) -> Iterator[ArchivedLink]:
    expected = first
    for link in (link for stretch in store.stretches(first, last, _STRETCH) for link in stretch):
        if link.number != expected or link.row is None:
            raise BadArchive(f"编号 {expected} 的记录不完整,不能归档;请先运行 suixin audit verify 查明。")
        expected += 1
        yield ArchivedLink(link.number, link.digest, link.mac, chain.canonical_json(link.row))
    if expected != last + 1:
        raise BadArchive(f"编号 {expected} 到 {last} 的记录不在了,不能归档;请先运行 suixin audit verify 查明。")


def _expire_part(path: Path, short: date, long: date, actor: Actor) -> bool:
    """Whether the archive was rewritten without the records whose time is over."""
    if not any(_is_over(link, short, long) for link in lines(path)):
        return False
    was = sm3_of(path)
    rewritten = (replace(link, record=None) if _is_over(link, short, long) else link for link in lines(path))
    part = path.with_suffix(".rewritten")
    _write(part, rewritten)
    with transaction.atomic():
        record(actor, EXPIRED, ("audit.archive", path.name), basis="保存期限届满", detail={"was": was, "sm3": sm3_of(part)})
    crash.point("audit.archive_expired")
    part.replace(path)
    return True


def _is_over(link: ArchivedLink, short: date, long: date) -> bool:
    if link.record is None:
        return False
    said = orjson.loads(link.record)
    at = str(said["at"])[:10]
    return at < (long if str(said["action"]).startswith(LONG_LIVED) else short).isoformat()


def _write(path: Path, links: Iterator[ArchivedLink]) -> str:
    """The digest of the last link; the file lies whole under its name."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    part, digest = path.with_suffix(".part"), ""
    with part.open("wb") as raw:
        with zstandard.ZstdCompressor(level=6, write_checksum=True).stream_writer(raw, closefd=False) as file:
            for link in links:
                digest = link.digest.hex()
                file.write(link.line())
        raw.flush()
        os.fsync(raw.fileno())
    part.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return digest


def _years_before(today: date, years: int) -> date:
    return today.replace(year=today.year - years, day=min(today.day, 28))
