"""Whom a grant is for, as an actor: what row filters that name the reader are bound to, and what receipts name."""

from suixin.data.access.models import Grant, SubjectKind
from suixin.ground.people.models import Application, Organisation
from suixin.ground.people.queries import application_actor
from suixin.kit.actor import PUBLIC, Actor, ActorKind


def subject_of(grant: Grant) -> Actor:
    """The application, the organisation (as one of its programs), the public, or the person."""
    match grant.subject_kind:
        case SubjectKind.APPLICATION:
            application = Application.objects.select_related("organisation").filter(app_id=grant.subject_key).first()
            if application is not None:
                return application_actor(application)
        case SubjectKind.ORGANISATION:
            name = Organisation.objects.filter(uscc=grant.subject_key).values_list("name", flat=True).first()
            return Actor(ActorKind.APPLICATION, grant.subject_key, name or grant.subject_key, grant.subject_key)
        case SubjectKind.PUBLIC:
            return PUBLIC
    return Actor(ActorKind.STAFF, grant.subject_key, grant.subject_key)
