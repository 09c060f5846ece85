"""Bringing many members of staff from one sheet: first every row's verdict, then all of them or none.

Verdict  new (an account with its post), post (one more post of a known account), same (nothing to do), wrong (why)
Promise  a sheet with one wrong row changes nothing; the same sheet again changes nothing; a start password is
         made only for a new account and is given back once
Rights   those of the single steps (staff.py), row by row
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people import rules, sessions, staff
from suixin.ground.people.errors import BadSheet
from suixin.ground.people.hashers import start_hash, start_password
from suixin.ground.people.models import Account, Organisation, Post, Role
from suixin.ground.people.queries import within
from suixin.ground.people.sheets import Line
from suixin.ground.security import policy
from suixin.ground.security.rules import may_stand_together
from suixin.kit import clock
from suixin.kit.actor import Actor

Verdict = Literal["new", "post", "same", "wrong"]
_WRITTEN = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?: 00:00(?::00)?)?|(\d{4})(\d\d)(\d\d)")
_COUNTED = re.compile(r"[2-7]\d{4}")  # a cell without a format of dates: days as Excel counts them, 1954 to 2119
_EXCEL_BEGINS = date(1899, 12, 30)
_ROLES = {str(label): value for value, label in Role.choices} | {value: value for value in Role.values}


@dataclass(frozen=True, slots=True)
class Judged:
    """One row: what it asks for, and what would become of it. `sentence` says what is wrong and what to do."""

    line: Line
    verdict: Verdict
    sentence: str = ""
    organisation: Organisation | None = None
    role: str = ""
    begins: date | None = None
    ends: date | None = None
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are judged against, read once: organisations by name, code and slug; accounts of the sheet with posts."""

    actor: Actor
    today: date
    organisations: Mapping[str, Sequence[Organisation]]
    accounts: Mapping[str, Account]
    posts: Mapping[str, Sequence[Post]]
    untouchable: frozenset[str]


def judge(lines: Sequence[Line], *, actor: Actor) -> list[Judged]:
    """Every row's verdict; nothing is written. Raises NotAllowed."""
    policy.require_anywhere(actor, "people.import_accounts")
    known = _known(lines, actor)
    names: dict[str, str] = {}
    held: dict[str, set[str]] = {key: {post.role for post in posts} for key, posts in known.posts.items()}
    asked: set[tuple[str, int, str]] = set()
    judged = []
    for line in lines:
        found = _judge_one(line, known)
        key = line["账号"].casefold()
        if found.verdict != "wrong" and names.setdefault(key, line["姓名"]) != line["姓名"]:
            found = _wrong(line, f"账号“{line['账号']}”在表中先后对应“{names[key]}”和“{line['姓名']}”；一个账号只能是一个人。")
        if found.verdict in ("new", "post") and found.organisation is not None:
            found = _within_sheet(found, asked, held.setdefault(key, set()), is_known=key in known.accounts)
        judged.append(found)
    return judged


@transaction.atomic
def bring_staff(lines: Sequence[Line], *, actor: Actor) -> list[tuple[str, str, str, str]]:
    """The new accounts as (name, account, organisation, start password), shown nowhere again. Raises NotAllowed, BadSheet."""
    judged = judge(lines, actor=actor)
    wrong = [one for one in judged if one.verdict == "wrong"]
    if wrong:
        raise BadSheet(f"有 {len(wrong)} 行有误，没有导入任何一行：{wrong[0].sentence}请全部更正后再导入。")
    first = {one.line["账号"].casefold(): one for one in judged if one.verdict == "new"}
    passwords = {key: start_password() for key in first}
    made = Account.objects.bulk_create([
        Account(username=one.line["账号"], display_name=one.line["姓名"], mobile=one.line["手机"],
                password=start_hash(passwords[key]), must_change_password=True)
        for key, one in first.items()
    ], batch_size=500)
    accounts = {one.account.username.casefold(): one.account for one in judged if one.account}
    accounts |= {account.username.casefold(): account for account in made}
    posts = Post.objects.bulk_create([
        Post(account=accounts[one.line["账号"].casefold()], organisation=one.organisation, role=one.role,
             valid_from=one.begins or clock.today(), valid_to=one.ends)
        for one in judged if one.verdict in ("new", "post")
    ], batch_size=500)
    for one in judged:
        if one.account is not None and one.verdict == "post":
            sessions.end_all(one.account)
    for account in made:
        record(actor, "people.account_created", account, detail={"by": "import"})
    for post in posts:
        record(actor, "people.post_given", post, detail={
            "account": post.account.username, "role": post.role, "organisation": post.organisation.uscc, "by": "import"})
    record(actor, "people.accounts_imported", ("accounts", "sheet"), detail=dict(Counter(one.verdict for one in judged)))
    return [(one.line["姓名"], one.line["账号"], str(one.organisation), passwords[key]) for key, one in first.items()]


def _known(lines: Sequence[Line], actor: Actor) -> Known:
    organisations: dict[str, list[Organisation]] = {}
    for organisation in Organisation.objects.filter(within(actor, "people.import_accounts")):
        for key in {organisation.name, organisation.short_name, organisation.uscc, organisation.slug} - {""}:
            organisations.setdefault(key, []).append(organisation)
    usernames = {line["账号"].casefold() for line in lines}
    found = {name.casefold(): pk for pk, name in Account.objects.values_list("pk", "username")}
    pks = {pk for name, pk in found.items() if name in usernames}
    accounts = {account.username.casefold(): account for account in Account.objects.filter(pk__in=pks)}
    posts: dict[str, list[Post]] = {}
    for post in Post.objects.filter(account__in=pks).not_ended(clock.today()).select_related("organisation", "account"):
        posts.setdefault(post.account.username.casefold(), []).append(post)
    untouchable = {
        name for name, account in accounts.items()
        if account.username == actor.key
        or not all(staff.may_give(actor, post.role, post.organisation) for post in posts.get(name, ()))
        or (name not in posts and not policy.may(actor, "people.edit_account", account))
    }
    return Known(actor, clock.today(), organisations, accounts, posts, frozenset(untouchable))


def _judge_one(line: Line, known: Known) -> Judged:
    faults = [
        f"{column}“{line[column][:30]}”{fault}" if line[column] else f"{column}{fault}" for column, fault in (
            ("姓名", rules.fault_of_name(line["姓名"])), ("账号", rules.fault_of_username(line["账号"])),
            ("手机", rules.fault_of_mobile(line["手机"])),
        ) if fault
    ]
    places = known.organisations.get(line["机构"], ())
    role = _ROLES.get(line["角色"], "")
    if len(places) != 1:
        why = "有重名，请改填信用代码" if places else "不在您管理的范围内或不存在，请填名称、信用代码或标识"
        faults.append(f"机构“{line['机构'][:30]}”{why}")
    if not role:
        faults.append(f"角色“{line['角色'][:30]}”不存在，请从模板的“可选角色”里选")
    begins, ends = _day(line["任职日期"], "任职日期", faults), _day(line["离任日期"], "离任日期", faults)
    if begins and ends and ends <= begins:
        faults.append("离任日期应晚于任职日期")
    if faults:
        return _wrong(line, "；".join(faults) + "。")
    asked = Judged(line, "new", organisation=places[0], role=role, begins=begins, ends=ends)
    return _against_known(asked, places[0], known)


def _against_known(asked: Judged, place: Organisation, known: Known) -> Judged:
    line, key = asked.line, asked.line["账号"].casefold()
    if not place.is_in_force(asked.begins or known.today):
        return _wrong(line, f"机构“{place.name}”届时未设立或已撤销；请填现有机构。")
    if not staff.may_give(known.actor, asked.role, place):
        return _wrong(line, f"您不能授予“{place.name}”的“{line['角色']}”；请改填您能授予的角色（见角色与权限页）。")
    account = known.accounts.get(key)
    if account is None:
        return asked
    if key in known.untouchable:
        return _wrong(line, f"账号“{line['账号']}”已存在，且不由您管理；请换一个账号。")
    if account.display_name != line["姓名"]:
        return _wrong(line, f"账号“{line['账号']}”已属于“{account.display_name}”，与姓名“{line['姓名']}”不符；请核对，或换一个账号。")
    if any(post.role == asked.role and post.organisation_id == place.pk for post in known.posts.get(key, ())):
        return replace(asked, verdict="same", account=account)
    return replace(asked, verdict="post", account=account)


def _within_sheet(found: Judged, asked: set[tuple[str, int, str]], held: set[str], *, is_known: bool) -> Judged:
    """The verdict in the light of the rows before it: the same post twice is asked once, roles must go together."""
    place = found.organisation.pk if found.organisation else 0
    key = (found.line["账号"].casefold(), place, found.role)
    if key in asked:
        return replace(found, verdict="same")
    if not may_stand_together(frozenset(held | {found.role})):
        return _wrong(found.line, f"账号“{found.line['账号']}”不能同时担任这些角色：系统管理员、安全管理员、审计员、运维须各用单独的账号。")
    is_first = not is_known and not any(one[0] == key[0] for one in asked)
    asked.add(key)
    held.add(found.role)
    return found if is_known or is_first else replace(found, verdict="post")


def _day(text: str, column: str, faults: list[str]) -> date | None:
    if not text:
        return None
    try:
        if _COUNTED.fullmatch(text):
            return _EXCEL_BEGINS + timedelta(days=int(text))
        if written := _WRITTEN.fullmatch(text):
            year, month, day = (int(part) for part in written.groups() if part)
            return date(year, month, day)
    except ValueError:  # a 31st of February
        pass
    faults.append(f"{column}“{text[:30]}”不是日期，请写成 2026-01-31 或 2026年1月31日 这样")
    return None


def _wrong(line: Line, sentence: str) -> Judged:
    return Judged(line, "wrong", f"第 {line.number} 行：{sentence}")
