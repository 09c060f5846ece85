"""Code lists of a workbook that the platform does not know, kept as drafts of the department's own code sets.

Whose    the provider of the resource whose items name the list, when it is one and the same; else the organisation of who brings it
Code     credit code, a stroke and the name of the list, so that two departments may call theirs the same
Once     a list that is brought again fills the open draft anew; one that was handed on or published waits for a person
"""

from dataclasses import replace

from django.db import transaction

from suixin.data.catalog.exchange.judging import Judged
from suixin.data.catalog.exchange.layout import CODES, ITEMS, RESOURCES
from suixin.data.catalog.exchange.reading import Workbook
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.ground.standards import actions
from suixin.ground.standards.actions import Owner, Told
from suixin.ground.standards.models import OPEN, Kind, Standard, State
from suixin.ground.standards.rules import Row
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

_LABEL, _SOURCE = "1", "目录填报表"


def keep_lists(book: Workbook, judged: Judged, actor: Actor) -> list[str]:
    """Codes of the draft sets that were kept; their faults say where they are. What the actor may not draft stays a fault only."""
    kept = []
    for name, lines in judged.own.items():
        owner = _owner_of(name, book, actor)
        if owner is None:
            continue
        code = f"{owner.uscc}/{name}"[:64].replace("@", "＠")
        rows = [Row(line["code"], line["name"]) for line in lines]
        if _drafted(code, name, rows, Owner(owner.path, owner.name), actor):
            kept.append(code)
            _tell(judged, lines[0].number, code)
    return kept


def _drafted(code: str, name: str, rows: list[Row], owner: Owner, actor: Actor) -> bool:
    """Whether the list is in a draft now."""
    standard = Standard.objects.filter(kind=Kind.CODE_SET, code=code).first()
    if not policy.may(actor, "standards.draft", standard or Standard(owner=owner.uscc, lineage=list(owner.path))):
        return False
    version = standard.versions.filter(state__in=OPEN).first() if standard else None
    if standard is not None and (version is None or version.state != State.DRAFT):
        return False
    try:
        with transaction.atomic():
            if version is None:
                version = actions.begin_version(Kind.CODE_SET, code, Told(_LABEL, name[:200], _SOURCE), actor=actor, owner=owner)
            actions.fill_codes(version, rows, actor=actor)
    except SuixinError:  # told at its cell already, as a list that the platform does not know
        return False
    return True


def _owner_of(name: str, book: Workbook, actor: Actor) -> Organisation | None:
    items, resources = book.sheets.get(ITEMS), book.sheets.get(RESOURCES)
    titles = {line["resource"] for line in items.lines if line["code_set"] == name} if items else set()
    providers = {line["provider"] for line in resources.lines if line["title"] in titles} if resources else set()
    uscc = providers.pop() if len(providers) == 1 else actor.organisation
    return Organisation.objects.filter(uscc=uscc).first()


def _tell(judged: Judged, row: int, code: str) -> None:
    added = f"；已存为本单位代码集的草稿“{code}”，在工作台“标准”里发布后可以对照到标准代码"
    judged.faults[:] = [
        replace(one, sentence=one.sentence + added) if (one.sheet, one.row) == (CODES, row) and "平台没有代码集" in one.sentence else one
        for one in judged.faults
    ]
