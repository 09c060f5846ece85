"""Writes: load organisations, create accounts and applications."""

import secrets
from pathlib import Path

import yaml
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people.errors import BadOrganisationFile, WeakPassword
from suixin.ground.people.keys import master_key
from suixin.ground.people.models import Account, Application, Organisation, Post
from suixin.ground.security.policy import require
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.checksums import is_uscc
from suixin.kit.names import slugify
from suixin.kit.sm import sm4_seal

SECRET_BYTES = 32
_FIELDS = {"uscc", "name", "short_name", "slug", "kind", "parent", "division_code", "valid_from", "valid_to"}


@transaction.atomic
def load_organisations(path: Path, *, actor: Actor = SYSTEM) -> int:
    """Create or update every organisation of a YAML list and return how many there are in it.

    A line names its parent by credit code or slug; parents come before children. Raises BadOrganisationFile.
    """
    require(actor, "people.load_organisations", None)
    entries = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(entries, list):
        raise BadOrganisationFile(f"机构清单 {path.name} 应当是一个列表;请按说明改写。")
    for position, entry in enumerate(entries, 1):
        _load_one(entry, f"机构清单 {path.name} 第 {position} 条")
    record(actor, "people.organisations_loaded", ("organisations", path.name), detail={"count": len(entries)})
    return len(entries)


@transaction.atomic
def create_account(
    username: str, password: str, *, display_name: str = "", organisation: Organisation | None = None,
    roles: tuple[str, ...] = (), actor: Actor = SYSTEM, is_superuser: bool = False, may_be_weak: bool = False,
) -> Account:
    """Create an account with posts, or bring an existing one of that name to this password and exactly these posts.

    Raises NotAllowed, WeakPassword unless the password `may_be_weak`.
    """
    require(actor, "people.create_account", organisation)
    account, _ = Account.objects.get_or_create(username=username)
    account.display_name = display_name or account.display_name
    account.is_staff = account.is_superuser = is_superuser
    if not may_be_weak:
        _refuse_weak(password, account)
    account.set_password(password)
    account.save()
    kept = [
        Post.objects.get_or_create(account=account, organisation=organisation, role=role)[0].pk
        for role in roles if organisation is not None
    ]
    account.posts.exclude(pk__in=kept).delete()
    record(actor, "people.account_created", account, detail={"roles": list(roles)})
    return account


@transaction.atomic
def create_application(
    organisation: Organisation, name: str, *, actor: Actor = SYSTEM, app_id: str = "", secret: str = ""
) -> tuple[Application, str]:
    """Create an application and return it with its secret, which nobody can read again later.

    With an `app_id` that exists the application gets the new secret.
    """
    require(actor, "people.create_application", organisation)
    identifier = app_id or f"{organisation.slug}-{secrets.token_hex(4)}"
    plain = secret or secrets.token_urlsafe(SECRET_BYTES)
    sealed = sm4_seal(master_key(), plain.encode(), identifier.encode())
    application, _ = Application.objects.update_or_create(
        app_id=identifier, defaults={"organisation": organisation, "name": name, "secret_sealed": sealed}
    )
    record(actor, "people.application_created", application)
    return application, plain


def _refuse_weak(password: str, account: Account) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise WeakPassword(f"账号“{account.username}”的密码不合要求:{''.join(error.messages)}请换一个。") from error


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
    values["parent"] = _parent(str(parent), place) if parent else None
    Organisation.objects.update_or_create(uscc=uscc, defaults=values)


def _parent(key: str, place: str) -> Organisation:
    found = Organisation.objects.filter(uscc=key).first() or Organisation.objects.filter(slug=key).first()
    if found is None:
        raise BadOrganisationFile(f"{place}的上级“{key}”不存在;上级要排在下级之前,写信用代码或标识。")
    return found
