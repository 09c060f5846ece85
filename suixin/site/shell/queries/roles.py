"""The table of rights as a page: role x verb x scope in words, read from the very table that decides."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from suixin.ground.people.models import Role
from suixin.ground.security.rules import STANDS_ALONE, Scope, scope_of
from suixin.ground.security.verbs import VERBS
from suixin.site.shell.components import Cell, Column, Table, Tone
from suixin.site.shell.words import role_name, word

SCOPES: dict[Scope, tuple[str, Tone]] = {
    Scope.OWN: ("本机构", "info"), Scope.SUBTREE: ("所辖", "good"), Scope.ALL: ("全部", "warn"),
}


@dataclass(frozen=True, slots=True)
class RoleCard:
    """One role in words; `alone` when it stands alone on an account."""

    name: str
    code: str
    does: str
    is_alone: bool


@dataclass(frozen=True, slots=True)
class RolesPage:
    """The roles, and one table for each group of verbs."""

    roles: Sequence[RoleCard]
    tables: Sequence[tuple[str, Table]]


DOES = {
    "clerk": "登记目录、上传数据、查看本机构数据", "head_of_sharing": "本机构的共享、开放、授权由其签批",
    "department_head": "本机构目录、共享、开放的最后一关", "data_officer": "所辖范围内的编目、归集、共享、开放；数据按脱敏查看",
    "reception": "受理共享申请", "review": "审核发布目录、开放", "coordination": "供需对接、争议协调",
    "supervision": "监督检查，可暂停授权",
    "leader": "查看指标和概况", "administrator": "管理机构、账号和岗位，不看数据", "security_officer": "密钥、分级、二次验证，不看数据",
    "auditor": "查看审计，不动数据", "operator": "系统运行维护，不看数据",
}


def roles_page() -> RolesPage:
    """Every role and what it may do."""
    cards = [RoleCard(role_name(role), role.value, word(DOES[role.value]), role.value in STANDS_ALONE) for role in Role]
    return RolesPage(cards, [(word(group), _table(word(group), words)) for group, words in VERBS.items()])


def _table(title: str, words: dict[str, str]) -> Table:
    columns = [Column(gettext("能做的事")), *(Column(role_name(role)) for role in Role)]
    rows = [(Cell(word(text), note=verb), *(_cell(role, verb) for role in Role)) for verb, text in words.items()]
    return Table(title, columns, rows)


def _cell(role: Role, verb: str) -> Cell:
    scope = scope_of(frozenset({role.value}), verb)
    if scope is None:
        return Cell("")
    text, tone = SCOPES[scope]
    return Cell(word(text), tone=tone)
