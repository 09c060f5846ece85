"""`suixin appoint`: the first administrator, and those whom no administrator appoints (security officer, auditor).

Whoever may run this may read the machine; the basis is kept in the audit. An account that is not there is made, and
its start password printed once.
"""

import argparse
from typing import TYPE_CHECKING

from suixin.kit.errors import BadRequest

if TYPE_CHECKING:
    from suixin.ground.people.models import Organisation, Role


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, as what, where, on what ground."""
    parser.add_argument("username", help="account to sign in with; made when there is none")
    parser.add_argument("--role", required=True, help="administrator, security_officer, auditor, operator, ...")
    parser.add_argument("--organisation", required=True, help="slug, credit code or name")
    parser.add_argument("--name", default="", help="the person's name, for a new account")
    parser.add_argument("--basis", required=True, help="decision by which it is done; kept in the audit")


def run(options: argparse.Namespace) -> None:
    """Give the post and say what was done; a refusal leaves nothing behind."""
    from django.db import transaction

    if not options.basis.strip():
        raise BadRequest("请用 --basis 写明依据（例如任命文号），审计要留存。")
    with transaction.atomic():
        _appoint(options)


def _appoint(options: argparse.Namespace) -> None:
    from suixin.ground.people import staff
    from suixin.ground.people.models import Account
    from suixin.kit.actor import SYSTEM

    place, role = _organisation(options.organisation), _role(options.role)
    account = Account.objects.filter(username__iexact=options.username).first()
    if account is not None:
        staff.give_post(account, actor=SYSTEM, organisation=place, role=role, basis=options.basis)
        state = "" if account.is_active else "这个账号已停用，启用后才能登录。"
        print(f"已任命 {account}（{account.username}）在{place}担任“{role.label}”。{state}")
        return
    new = staff.NewAccount(options.username, options.name or options.username)
    _, password = staff.create_staff(new, actor=SYSTEM, organisation=place, role=role, basis=options.basis)
    print(f"已建立账号 {options.username} 并任命在{place}担任“{role.label}”。")
    print(f"初始密码（只显示这一次，首次登录须修改）：{password}")


def _role(text: str) -> "Role":
    from suixin.ground.people.models import Role

    if text not in Role.values:
        raise BadRequest(f"没有角色“{text}”；可用：{'、'.join(Role.values)}。")
    return Role(text)


def _organisation(text: str) -> "Organisation":
    from django.conf import settings
    from django.db.models import Q

    from suixin.cities.loader import load_city
    from suixin.ground.people.actions import load_organisations
    from suixin.ground.people.models import Organisation

    if not Organisation.objects.exists():
        load_organisations(load_city(settings.SUIXIN.city).organisations_path)
    found = Organisation.objects.filter(Q(slug=text) | Q(uscc=text) | Q(name=text) | Q(short_name=text))[:2]
    if len(found) != 1:
        raise BadRequest(f"机构“{text}”{'有重名，请写信用代码' if found else '不存在，请写标识、信用代码或全称'}。")
    return found[0]
