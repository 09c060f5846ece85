"""Keeping accounts of staff: make, give and end posts, disable and enable; every write of an administrator.

Rights   giving a role in an organisation is a verb of its own, `people.give_<role>`; who may not give every role that an
         account holds today may do nothing to that account (`require_over`), so that nobody touches his overseers
Never    one's own account; the last administrator of the whole instance; a post in an organisation that has ended;
         a role that must stand alone beside another (security.rules.STANDS_ALONE)
"""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction

from suixin.ground.audit.actions import record
from suixin.ground.audit.states import state_of
from suixin.ground.people import rules, sessions, tokens
from suixin.ground.people.errors import (
    AccountExists,
    BadAccount,
    LastAdministrator,
    OrganisationEnded,
    OwnAccount,
    PostConflict,
    RolesExclude,
)
from suixin.ground.people.hashers import start_hash, start_password
from suixin.ground.people.models import Account, Organisation, Post, Role
from suixin.ground.security import policy
from suixin.ground.security.rules import may_stand_together
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind

# Roles that concern the whole instance: only who governs all of it gives them.
OF_THE_INSTANCE = frozenset({Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR, Role.OPERATOR})

# What the security officer, who gives no roles, does to what everybody signs in with.
OVERSIGHT = frozenset({"people.reset_factors", "people.unlock", "people.end_sessions"})


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is known of a new member of staff."""

    username: str
    display_name: str
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """From which day a post is held (None: today) and on which day no longer (None: open)."""

    begins: date | None = None
    ends: date | None = None


def may_give(actor: Actor, role: str, organisation: Organisation) -> bool:
    """Whether the actor may give that role in that organisation."""
    return policy.may(actor, f"people.give_{role}", None if role in OF_THE_INSTANCE else organisation) and (
        policy.may(actor, "people.create_account", organisation)
    )


def require_over(account: Account, verb: str, *, actor: Actor) -> None:
    """Nothing, when the actor may do `verb` to the account: not to his own, nor to one whose roles are not his to give.

    Raises OwnAccount, NotAllowed.
    """
    if actor.kind is ActorKind.STAFF and actor.key == account.username:
        raise OwnAccount("不能改动自己的账号和岗位；请另一位系统管理员办理。")
    policy.require(actor, verb, account)
    if actor.kind is ActorKind.SYSTEM:
        return
    for post in account.posts.not_ended(clock.today()).select_related("organisation"):
        if not may_give(actor, post.role, post.organisation) and not _oversees(actor, verb):
            policy.refuse(actor, f"people.give_{post.role}", post.organisation)


def may_over(account: Account, verb: str, *, actor: Actor) -> bool:
    """Whether `require_over` would let the actor through."""
    if (actor.kind is ActorKind.STAFF and actor.key == account.username) or not policy.may(actor, verb, account):
        return False
    posts = account.posts.not_ended(clock.today()).select_related("organisation")
    return _oversees(actor, verb) or all(may_give(actor, post.role, post.organisation) for post in posts)


def why_not_over(account: Account, *, actor: Actor) -> str:
    """Why the actor may not change the account, as a sentence; "" when it may."""
    if actor.kind is ActorKind.STAFF and actor.key == account.username:
        return "这是您自己的账号；自己的账号和岗位由另一位系统管理员办理。"
    if not policy.may(actor, "people.edit_account", account):
        return "您可以查看这个账号；它的资料、岗位和启停由系统管理员办理。"
    posts = account.posts.not_ended(clock.today()).select_related("organisation")
    beyond = [post for post in posts if not may_give(actor, post.role, post.organisation)]
    return f"这个账号担任“{Role(beyond[0].role).label}”，这个角色不由您授予，所以不能由您改动。" if beyond else ""


@transaction.atomic
def create_staff(
    new: NewAccount, *, actor: Actor, organisation: Organisation, role: str, basis: str = "",
) -> tuple[Account, str]:
    """The new account with its first post, and its start password, which nobody can read again later.

    Raises NotAllowed, BadAccount, AccountExists, OrganisationEnded.
    """
    policy.require(actor, "people.create_account", organisation)
    _require_faultless(new)
    password = start_password()
    account = Account(
        username=new.username, display_name=new.display_name, mobile=new.mobile, password=start_hash(password),
        must_change_password=True,
    )
    try:
        if Account.objects.filter(username__iexact=new.username).exists():
            raise _taken(new.username)
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:  # a button pressed twice: the other one was quicker
        raise _taken(new.username) from error
    record(actor, "people.account_created", account, basis=_line(basis),
           detail={"roles": [role], "organisation": organisation.uscc})
    _post(account, actor=actor, organisation=organisation, role=role, basis=basis)
    return account, password


@transaction.atomic
def edit_account(account: Account, display_name: str, mobile: str, *, actor: Actor, reason: str) -> Account:
    """The account with another name or telephone number. Raises NotAllowed, OwnAccount, BadAccount."""
    require_over(account, "people.edit_account", actor=actor)
    _require_faultless(NewAccount(account.username, display_name, mobile), is_known=True)
    wanted = {"display_name": display_name, "mobile": mobile}
    changed = [name for name, value in wanted.items() if getattr(account, name) != value]
    if not changed:
        return account
    before = state_of(account)
    for name in changed:
        setattr(account, name, wanted[name])
    account.save(update_fields=changed)
    record(actor, "people.account_edited", account, basis=_line(reason), before=before, detail={"changed": changed})
    return account


@transaction.atomic
def give_post(
    account: Account, *, actor: Actor, organisation: Organisation, role: str, term: Term | None = None, basis: str = "",
) -> Post:
    """The new post. Raises NotAllowed, OwnAccount, OrganisationEnded, RolesExclude, PostConflict."""
    require_over(account, "people.edit_account", actor=actor)
    return _post(account, actor=actor, organisation=organisation, role=role, term=term, basis=basis)


def _post(
    account: Account, *, actor: Actor, organisation: Organisation, role: str, term: Term | None = None, basis: str = "",
) -> Post:
    """The post of an account that the actor has made, or may change. Raises as `give_post` but OwnAccount."""
    if not may_give(actor, role, organisation):
        policy.refuse(actor, f"people.give_{role}", organisation)
    term, today = term or Term(), clock.today()
    begins = term.begins or today
    if not organisation.is_in_force(begins) or not organisation.is_in_force(max(begins, today)):
        raise OrganisationEnded(f"“{organisation.name}”在 {begins} 未设立或已撤销，不能安排岗位；请选现有机构。")
    if term.ends is not None and term.ends <= begins:
        raise PostConflict(f"离任日期 {term.ends} 应晚于任职日期 {begins}；请更正。")
    Account.objects.select_for_update().get(pk=account.pk)  # of two posts given at once the second sees the first
    held = list(account.posts.not_ended(begins))
    if any(post.role == role and post.organisation_id == organisation.pk for post in held):
        raise PostConflict(f"{account}在“{organisation}”已有“{Role(role).label}”岗位；请先结束它，或改任职日期。")
    require_together(account, {role, *(post.role for post in held)})
    post = Post.objects.create(
        account=account, organisation=organisation, role=role, valid_from=begins, valid_to=term.ends,
    )
    sessions.end_all(account)
    record(actor, "people.post_given", post, basis=_line(basis),
           detail={"account": account.username, "role": role, "organisation": organisation.uscc})
    return post


def require_together(account: Account, roles: set[str]) -> None:
    """Nothing, when one account may hold these roles. Raises RolesExclude."""
    if not may_stand_together(frozenset(roles)):
        names = "、".join(str(Role(role).label) for role in sorted(roles))
        raise RolesExclude(
            f"账号“{account.username}”不能同时担任{names}：系统管理员、安全管理员、审计员、运维须各用单独的账号；"
            "请先结束原有岗位，或另建账号。"
        )


@transaction.atomic
def end_post(post: Post, *, actor: Actor, reason: str) -> Post:
    """The post ended today. Raises NotAllowed, OwnAccount, LastAdministrator, PostConflict."""
    require_over(post.account, "people.edit_account", actor=actor)
    today = clock.today()
    if post.valid_to is not None and post.valid_to <= today:
        raise PostConflict("这个岗位已经结束，不用再办。")
    if post.role == Role.ADMINISTRATOR:
        _require_another_administrator(post.account)
    before = state_of(post)
    post.valid_to = today
    post.save(update_fields=["valid_to"])
    sessions.end_all(post.account)
    record(actor, "people.post_ended", post, basis=_line(reason), before=before,
           detail={"account": post.account.username, "role": post.role, "organisation": post.organisation.uscc})
    return post


@transaction.atomic
def disable_account(account: Account, *, actor: Actor, reason: str) -> Account:
    """The account signs in no more, is signed in nowhere and has no token. Raises NotAllowed, OwnAccount, LastAdministrator."""
    require_over(account, "people.edit_account", actor=actor)
    _require_another_administrator(account)
    return _switch(account, actor=actor, reason=reason, is_active=False)


@transaction.atomic
def enable_account(account: Account, *, actor: Actor, reason: str) -> Account:
    """The account signs in again. Raises NotAllowed, OwnAccount."""
    require_over(account, "people.edit_account", actor=actor)
    return _switch(account, actor=actor, reason=reason, is_active=True)


def _switch(account: Account, *, actor: Actor, reason: str, is_active: bool) -> Account:
    before = state_of(account)
    account.is_active, account.state_note = is_active, _line(reason)[:200]
    account.save(update_fields=["is_active", "state_note"])
    if not is_active:
        sessions.end_all(account)
        tokens.end_all(account)
    record(actor, f"people.account_{'enabled' if is_active else 'disabled'}", account, basis=_line(reason), before=before)
    return account


def _oversees(actor: Actor, verb: str) -> bool:
    """Whether a verb is the security officer's, who gives no roles but resets what everybody signs in with."""
    return actor.has_role(Role.SECURITY_OFFICER) and verb in OVERSIGHT


def _require_another_administrator(account: Account) -> None:
    """Somebody else still administers the whole instance, if this account did. Raises LastAdministrator.

    Posts and accounts are locked: of two administrators who disable each other at once, the second waits and is refused.
    """
    today = clock.today()
    posts = Post.objects.select_for_update(of=("self", "account")).in_force(today).filter(role=Role.ADMINISTRATOR, account__is_active=True)
    governing = {post.account_id for post in posts.select_related("account", "organisation") if _governs_all(post.organisation)}
    if governing == {account.pk}:
        raise LastAdministrator("这是最后一个能管理全部机构的系统管理员，停用后就没有人能管理账号了；请先任命另一位系统管理员。")


def _governs_all(organisation: Organisation) -> bool:
    return organisation.jurisdiction == organisation.path[0]


def _taken(username: str) -> AccountExists:
    return AccountExists(f"账号“{username}”已经有人用了；请换一个，或在人员列表里找到它增加岗位。")


def _require_faultless(new: NewAccount, *, is_known: bool = False) -> None:
    """Nothing when every field is right; the name of a known account is what it is. Raises BadAccount."""
    faults = [
        f"{label}“{value[:30]}”{fault}" for label, value, fault in (
            ("姓名", new.display_name, rules.fault_of_name(new.display_name)),
            ("账号", new.username, "" if is_known else rules.fault_of_username(new.username)),
            ("手机", new.mobile, rules.fault_of_mobile(new.mobile)),
        ) if fault
    ]
    if faults:
        raise BadAccount("；".join(faults) + "。请更正后再提交。", faults=faults)


def _line(text: str) -> str:
    return " ".join(text.split())[:500]
