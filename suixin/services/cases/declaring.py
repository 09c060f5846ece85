"""The procedure by which a version of an item is handled: made from the version, published once, under a name of its own.

A version has its own procedure, so that a case ends under the limits with which it began, whatever is published since.
"""

from django.db import transaction

from suixin.ground.flow import procedures
from suixin.ground.flow.errors import FaultyProcedure, UnknownProcedure
from suixin.kit.actor import SYSTEM
from suixin.services.cases import rules
from suixin.services.cases.errors import NotOpen
from suixin.services.items.models import ItemVersion

RECEPTION, WINDOW_RECEPTION = "case-reception", "case-window-reception"


def procedure_slug(version: ItemVersion) -> str:
    """The name of the procedure of a version."""
    return f"case-{version.item.code.lower()}-{version.number}"


def ensure_procedure(version: ItemVersion) -> str:
    """The name of the version's procedure, published now when nobody needed it before. Raises NotOpen."""
    slug = procedure_slug(version)
    try:
        procedures.in_force(slug)
    except UnknownProcedure:
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
