"""For whom an application is filled in: as the last page before handing in tells it, and what of the form does not concern it."""

from uuid import UUID

from django.utils.translation import gettext

from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import masked_name
from suixin.ground.security.masks import MASKS
from suixin.kit import clock
from suixin.services.cases import applying, asking, rules
from suixin.site.shell.forms_view import ForWhom


def for_whom(session: ResidentSession, subject: tuple[str, str]) -> ForWhom:
    """The applicant by sign-in and authority: name, masked number; of a firm its name and code, and who acts for it."""
    resident = session.resident
    principal = resident
    if subject[0] == applying.AUTHORITY:
        found = applying.authority_for(UUID(subject[1]), resident)
        principal = found.principal if found is not None else resident
    elif session.acting_for is not None:
        firm = session.acting_for.firm
        facts = [(gettext("申请人"), firm.name), (gettext("统一社会信用代码"), firm.uscc), (gettext("经办人"), resident.name)]
        return ForWhom(facts, (asking.GUARDIAN,))
    name = resident.name if principal is resident else masked_name(principal)
    facts = [(gettext("申请人"), name), (gettext("证件号码"), MASKS["resident_id"].apply(principal.id_number) or "")]
    if principal is not resident:
        facts.append((gettext("代办人"), resident.name))
    return ForWhom(facts, () if rules.is_minor(principal.id_number, clock.today()) else (asking.GUARDIAN,))
