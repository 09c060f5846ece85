"""What a grant uses of an entry, told to the catalogue: the columns that it shows and those that its row filter names."""

from suixin.data.access import readers
from suixin.data.access.models import Grant, SubjectKind
from suixin.data.catalog import dependences
from suixin.data.catalog.models import Use
from suixin.ground.people.models import Application, Organisation

KIND = "access.grant"


def declare_use(grant: Grant) -> None:
    """The grant's columns and the fields of its row filter, as uses of its entry; part of the caller's transaction."""
    by = dependences.By(
        KIND, str(grant.uuid), f"授权给{_whom(grant)}", _responsible(grant), is_public=grant.subject_kind == SubjectKind.PUBLIC
    )
    filtered = dependences.fields_in(readers.sample(grant.row_filter), grant.resource.contract) if grant.row_filter else []
    dependences.declare(by, [
        *((grant.resource, field, Use.SHOWN) for field in grant.columns), *((grant.resource, field, Use.FILTER) for field in filtered),
    ])


def forget_use(grant: Grant) -> None:
    """The grant uses nothing any more."""
    dependences.withdraw(KIND, str(grant.uuid))


def _responsible(grant: Grant) -> Organisation | None:
    match grant.subject_kind:
        case SubjectKind.ORGANISATION:
            return Organisation.objects.filter(uscc=grant.subject_key).first()
        case SubjectKind.APPLICATION:
            found = Application.objects.select_related("organisation").filter(app_id=grant.subject_key).first()
            return found.organisation if found else None
        case SubjectKind.PUBLIC:
            return grant.resource.provider
        case _:
            return None


def _whom(grant: Grant) -> str:
    if grant.subject_kind == SubjectKind.PUBLIC:
        return "社会公众"
    if grant.subject_kind == SubjectKind.PERSON:
        return f"个人 {grant.subject_key}"
    if grant.subject_kind == SubjectKind.APPLICATION:
        name = Application.objects.filter(app_id=grant.subject_key).values_list("name", flat=True).first()
    else:
        name = Organisation.objects.filter(uscc=grant.subject_key).values_list("name", flat=True).first()
    return name or grant.subject_key
