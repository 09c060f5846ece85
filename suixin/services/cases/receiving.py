"""What a window takes in: the application of whom stands there, its case, and what that one says of values that came filled in."""

from collections.abc import Mapping

from django.db import transaction

from suixin.kit.actor import Actor
from suixin.services.cases import doubting, opening, prefilling
from suixin.services.cases.models import Case
from suixin.services.cases.opening import Applicant, Handed, Request
from suixin.services.items.models import ItemVersion


def numbers_of(applicant: Applicant, *, is_by_agent: bool) -> dict[str, str]:
    """By what a row of the applicant is found: a firm's code, or a person's number unless somebody else came for that person."""
    if applicant.uscc:
        return {"firm": applicant.uscc}
    return {} if is_by_agent else {"person": applicant.id_number}


@transaction.atomic
def receive(
    request: Request, version: ItemVersion, *, actor: Actor, handed: Mapping[int, Handed], said: Mapping[str, object],
) -> Case:
    """The case, the same for the same token. `said`: by field, the values that came filled in as they stand now, `_is` and `_why` of each.

    Raises NotAllowed, NotOpen, MissingMaterial, UnfitApplicant.
    """
    application = opening.record_application(request, actor=actor)
    known = Case.objects.filter(application=application, version=version).first()
    if known is not None:
        return known
    prefilling.forget_unsaid(application, said)
    doubting.note_doubts(application, said, actor=actor)
    return opening.open_case(application, version, actor=actor, handed=handed)
