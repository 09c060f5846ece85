"""Writes: load organisations, create accounts. Applications and their keys: `applications`."""

from pathlib import Path

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people import passwords, rules, sessions, staff, tokens
from suixin.ground.people.errors import AccountExists, BadOrganisationFile, RolesExclude
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.security.policy import refuse, require
from suixin.ground.security.rules import may_stand_together
from suixin.kit import clock, yaml_text
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.checksums import is_uscc
from suixin.kit.names import slugify

_FIELDS = {
    "uscc", "name", "short_name", "slug", "kind", "parent", "division_code", "level", "is_bureau", "public_name", "valid_from",
    "valid_to",
}


@transaction.atomic
def load_organisations(path: Path, *, actor: Actor = SYSTEM) -> int:
    """Create or update every organisation of a YAML list and return how many there are in it.

    A line names its parent by credit code or slug; parents come before children. Raises BadOrganisationFile.
    """
    require(actor, "people.load_organisations", None)
    entries = yaml_text.load(path.read_text("utf-8"))
    if not isinstance(entries, list):
        raise BadOrganisationFile(f"机构清单 {path.name} 应当是一个列表;请按说明改写。")
    for position, entry in enumerate(entries, 1):
        _load_one(entry, f"机构清单 {path.name} 第 {position} 条")
    refresh_lineages(actor=actor)
    record(actor, "people.organisations_loaded", ("organisations", path.name), detail={"count": len(entries)})
    return len(entries)


@transaction.atomic
def refresh_lineages(*, actor: Actor = SYSTEM) -> int:
    """The number of organisations whose lineage was brought after their parents', as after one of them moved."""
    require(actor, "people.load_organisations", None)
    rows = {row.pk: row for row in Organisation.objects.all()}
    moved = []
    for row in rows.values():
        codes, node = [row.uscc], row
        while node.parent_id is not None and (node := rows[node.parent_id]).uscc not in codes:
            codes.append(node.uscc)
        lineage = "".join(f"{code}/" for code in reversed(codes))
        if lineage != row.lineage:
            row.lineage = lineage
            moved.append(row)
    return Organisation.objects.bulk_update(moved, ["lineage"], batch_size=500)


@transaction.atomic
def create_account(
    username: str, password: str, *, display_name: str = "", organisation: Organisation | None = None,
    roles: tuple[str, ...] = (), actor: Actor = SYSTEM, is_superuser: bool = False, may_be_weak: bool = False,
    must_change: bool = False, hashed: str = "",
) -> Account:
    """Create an account with posts, or bring an existing one of that name to this password and exactly these posts.

    `hashed` is the password's hash where many accounts get the same one: hashing is slow on purpose.
    Its sessions end, and with another password its tokens. Only the system brings an existing one anywhere.
    Raises NotAllowed, AccountExists, RolesExclude, WeakPassword unless the password `may_be_weak`.
    """
    require(actor, "people.create_account", organisation)
    _refuse_taking_over(username, organisation, roles, actor=actor)
    account, _ = Account.objects.get_or_create(username=username)
    account.display_name = display_name or account.display_name
    account.is_staff = account.is_superuser = is_superuser
    if account.password == hashed if hashed else account.check_password(password):
        account.save()
    else:
        if not may_be_weak:
            passwords.require_strong(password, account)
        passwords.set_password(account, password, must_change=must_change, hashed=hashed)
        tokens.end_all(account)
    today = clock.today()
    kept = [
        Post.objects.get_or_create(account=account, organisation=organisation, role=role, valid_to=None)[0].pk
        for role in roles if organisation is not None
    ]
    account.posts.not_ended(today).exclude(pk__in=kept).update(valid_to=today)
    sessions.end_all(account)
    record(actor, "people.account_created", account, detail={"roles": list(roles)})
    return account


def _refuse_taking_over(username: str, organisation: Organisation | None, roles: tuple[str, ...], *, actor: Actor) -> None:
    if not may_stand_together(frozenset(roles)):
        raise RolesExclude(f"账号“{username}”不能同时担任这些角色：系统管理员、安全管理员、审计员、运维须各用单独的账号。")
    if actor.kind is ActorKind.SYSTEM:
        return
    if Account.objects.filter(username__iexact=username).exists():
        raise AccountExists(f"账号“{username}”已经有人用了；请换一个，或在人员列表里找到它增加岗位。")
    for role in roles:
        if organisation is None or not staff.may_give(actor, role, organisation):
            refuse(actor, f"people.give_{role}", organisation)


def _load_one(entry: object, place: str) -> None:
    if not isinstance(entry, dict):
        raise BadOrganisationFile(f"{place}应当是键值对。")
    unknown = sorted(set(entry) - _FIELDS)
    if unknown:
        raise BadOrganisationFile(f"{place}有不认识的键:{'、'.join(unknown)};可用的键:{'、'.join(sorted(_FIELDS))}。")
    uscc, name = str(entry.get("uscc", "")), str(entry.get("name", ""))
    if not is_uscc(uscc) or not name:
        raise BadOrganisationFile(f"{place}缺名称或统一社会信用代码不合规则(现为“{uscc}”);请更正。")
    parent = entry.get("parent")
    values = {key: value for key, value in entry.items() if key not in ("uscc", "parent") and value is not None}
    values.setdefault("slug", slugify(str(entry.get("short_name") or name)))
    values.setdefault("level", rules.level_of(str(entry.get("division_code") or "")))
    values.setdefault("is_bureau", rules.looks_like_bureau(name, str(entry.get("kind") or "department")))
    values["parent"] = _parent(str(parent), place) if parent else None
    Organisation.objects.update_or_create(uscc=uscc, defaults=values)


def _parent(key: str, place: str) -> Organisation:
    found = Organisation.objects.filter(uscc=key).first() or Organisation.objects.filter(slug=key).first()
    if found is None:
        raise BadOrganisationFile(f"{place}的上级“{key}”不存在;上级要排在下级之前,写信用代码或标识。")
    return found
