"""The procedure by which a version of an item is handled: made from the version, published once, under a name of its own.

A version has its own procedure, so that a case ends under the limits with which it began, whatever is published since.
Proven before the item is published (`faults_of`): whoever holds which post is asked only when the first case comes
"""

import re
from collections.abc import Mapping

from django.db import transaction

from suixin.ground.flow import procedures, proofs
from suixin.ground.flow.errors import FaultyProcedure
from suixin.ground.flow.parsing import parse
from suixin.kit.actor import SYSTEM
from suixin.services.cases import rules
from suixin.services.cases.errors import NotOpen
from suixin.services.items.checking import Fault
from suixin.services.items.elements import Content
from suixin.services.items.models import Item, ItemVersion

RECEPTION, WINDOW_RECEPTION = "case-reception", "case-window-reception"


def procedure_slug(version: ItemVersion) -> str:
    """The name of the procedure of a version."""
    return f"case-{version.item.code.lower()}-{version.number}"


def ensure_procedure(version: ItemVersion) -> str:
    """The name of the version's procedure, published now when nobody needed it before. Raises NotOpen."""
    slug = procedure_slug(version)
    if not procedures.are_in_force(slug):
        declared = rules.procedure_of(slug, f"办理：{version.content.get('task_name', version.item.title)}", version.content)
        try:
            with transaction.atomic():
                procedures.publish_procedure(declared, actor=SYSTEM, note=f"事项 {version}")
        except FaultyProcedure as error:
            told = f"“{version.item.title}”的办理流程排不出来，暂时不能申请：{error.sentence}"
            raise NotOpen(told) from error
    return slug


def ensure_reception() -> None:
    """The procedures of reception in force; the shipped ones when this installation has none yet."""
    procedures.require_procedure(RECEPTION, WINDOW_RECEPTION)


def faults_of(item: Item, content: Content) -> list[Fault]:
    """Why no case could be handled by what would be published: each step or exit that is wrong, by its name."""
    made = rules.procedure_of(f"case-{item.code.lower()}", f"办理：{content.get('task_name', item.title)}", content)
    try:
        found = proofs.faults_of(parse(made), holders=lambda role, place: True)
    except FaultyProcedure as error:
        found = list(error.faults)
    return [Fault("promise_day", f"办理流程排不出来：{_named(one, made).rstrip('。')}") for one in found]


def _named(sentence: str, made: Mapping[str, object]) -> str:
    """The sentence with steps by their titles, elements by theirs: whoever edits the item knows no other names."""
    nodes = made["nodes"]
    titles = {name: str(node.get("title", name)) for name, node in nodes.items()} if isinstance(nodes, dict) else {}
    sentence = re.sub(r"nodes\.(\w+)\.(\w+)", lambda at: f"环节“{titles.get(at[1], at[1])}”的 {at[2]}", sentence)
    for name, title in {**titles, "promised": "承诺办结时限", "statutory": "法定办结时限"}.items():
        sentence = re.sub(rf"(?<![\w$-]){re.escape(name)}(?![\w-])", title, sentence, flags=re.ASCII)
    return sentence
