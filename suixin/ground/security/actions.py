"""Writes about keys: rotate, retire, bring back, destroy. The keyring writes last: a refused record changes no key."""

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.security.keys import files_needing, lasting, need, ring
from suixin.ground.security.policy import require
from suixin.ground.security.resealing import rows_needing
from suixin.kit.actor import Actor
from suixin.kit.keyring import KeyMissing, KeyStateRefused, Kind

# What the log's own key is sealed with, once: without it nothing can be recorded, not even that it is brought back.
NEVER_RETIRED = frozenset({("audit", Kind.SEAL)})


@transaction.atomic
def rotate_key(purpose: str, *, actor: Actor, reason: str, kind: Kind | None = None) -> int:
    """The number of the purpose's new key version; the one before opens still. Raises NotAllowed, KeyMissing.

    A purpose gets its first key from whoever seals or signs for it, never from here: a mistyped name makes nothing.
    """
    require(actor, "security.rotate_key", None)
    if not any(kind in (None, key.kind) for key in ring().versions(purpose)):
        raise KeyMissing(f"没有用途为“{purpose}”的密钥;现有用途:{'、'.join(ring().purposes()) or '无'}。")
    record(actor, "security.key_rotated", ("key", purpose), basis=reason)
    return ring().rotate(purpose, kind)


@transaction.atomic
def move_key(purpose: str, kind: Kind, version: int, *, to: str, actor: Actor, reason: str) -> None:
    """`to` retired, old (brought back) or destroyed. Raises NotAllowed, KeyMissing, KeyStateRefused."""
    require(actor, "security.rotate_key", None)
    if to == "retired" and (purpose, kind) in NEVER_RETIRED:
        raise KeyStateRefused(f"用途“{purpose}”的加密密钥不能停用:审计日志自身的密钥由它封装,停用后什么都记不下来。")
    if to in ("retired", "destroyed"):
        _refuse_needed(purpose, kind, version)
    move = {"retired": ring().retire, "old": ring().bring_back, "destroyed": ring().destroy}[to]
    record(actor, f"security.key_{to}", ("key", f"{purpose} {kind} {version}"), basis=reason)
    move(purpose, kind, version)


def _refuse_needed(purpose: str, kind: Kind, version: int) -> None:
    """Nothing, when no file and no row needs that version. Raises KeyStateRefused."""
    named = f"用途“{purpose}”的第 {version} 版密钥"
    if why := lasting(purpose, kind):
        raise KeyStateRefused(f"{named}({kind})不能停用:{why}")
    if why := need(purpose, kind, version):
        raise KeyStateRefused(f"{named}({kind})还不能停用:{why}")
    if kind is not Kind.SEAL:
        return
    if files := files_needing(purpose, version):
        raise KeyStateRefused(f"{named}还有 {files} 个文件在用;请先重新加密(suixin reseal --all)。")
    if rows := rows_needing(purpose, version):
        raise KeyStateRefused(f"{named}还有 {rows} 行数据在用;请先重新封装(suixin keys reseal {purpose})。")
