"""Who may read a matter: applicant, agent, co-signers; the lead department and those that handle a part.

Form     the one form and its files are the party's and the lead department's; who handles a part reads the materials of
         its case, and what its own guide and form ask
"""

from django.db.models import Q

from suixin.ground.files.models import Attachment
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor, ActorKind
from suixin.services.cases.attached import Material
from suixin.services.cases.models import Application
from suixin.services.cases.parties import may_read as may_read_case
from suixin.services.cases.parties import of_party, of_signer
from suixin.services.matters.errors import UnknownMatter
from suixin.services.matters.models import Matter


def may_read(actor: Actor, matter: Matter) -> bool:
    """Whether the actor may read the matter."""
    if actor.kind is ActorKind.RESIDENT:
        return Application.objects.filter(of_party(actor) | of_signer(actor), pk=matter.application_id).exists()
    if not policy.may_anywhere(actor, "cases.view"):
        return False
    return policy.may(actor, "cases.view", matter) or Matter.objects.filter(visible(actor), pk=matter.pk).exists()


def may_read_form(actor: Actor, number: str) -> bool:
    """Whether the actor may read the one form of the matter of that number: its party, and staff of the lead department."""
    matter = Matter.objects.select_related("organisation").filter(number=number).first()
    if matter is None:
        return False
    return may_read(actor, matter) if actor.kind is ActorKind.RESIDENT else policy.may(actor, "cases.view", matter)


def may_read_file(actor: Actor, attachment: Attachment) -> bool:
    """Whether a file of the one form is a material of one of the matter's cases that the actor may read."""
    rows = Material.objects.select_related("case__application__window", "case__organisation")
    rows = rows.filter(case__part__isnull=False, case__application__submission__uuid=attachment.owner_key)
    return any(str(attachment.uuid) in one.files and may_read_case(actor, one.case) for one in rows)


def matter_of(number: str, *, actor: Actor) -> Matter:
    """The matter, when the actor may read it. Raises UnknownMatter, which does not tell absent from hidden."""
    rows = Matter.objects.select_related("application", "organisation", "version__theme", "delivery")
    found = rows.filter(number=number).first()
    if found is None or not may_read(actor, found):
        raise UnknownMatter("没有这件事，或您不能查看；请从“我的办件”或一件事办件列表打开。")
    return found


def visible(actor: Actor) -> Q:
    """The condition that matters lie within a member of staff's reach, led or handled in part; rows may come twice."""
    return within(actor, "cases.view", "organisation") | within(actor, "cases.view", "parts__organisation")
