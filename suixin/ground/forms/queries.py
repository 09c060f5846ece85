"""Reads of forms: what can be filled in, drafts of a person, submissions that the actor may read, answers for others."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from suixin.ground.forms import registry
from suixin.ground.forms.answers import record_of
from suixin.ground.forms.declaration import Form, fields_of
from suixin.ground.forms.errors import FaultyForm, UnknownDraft
from suixin.ground.forms.models import Draft, Submission, joined
from suixin.ground.forms.parsing import parse_form
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor


def form_of(slug: str) -> Form:
    """The form of that name, as its file says now. Raises UnknownForm."""
    return registry.registered(slug).form


def forms() -> list[Form]:
    """All forms by name."""
    return [form_of(slug) for slug in registry.slugs()]


def fields_of_form(slug: str) -> dict[str, str]:
    """What guards of a procedure may name of that form, with letters. Raises UnknownForm."""
    return fields_of(form_of(slug))


def drafts_of(actor: Actor) -> QuerySet[Draft]:
    """The actor's drafts that are still good, newest first."""
    return Draft.objects.filter(actor_kind=actor.kind.value, actor_key=actor.key, expires_at__gt=clock.now())


def draft_of(token: UUID, *, actor: Actor) -> Draft:
    """The actor's draft. Raises UnknownDraft: of somebody else's, too."""
    draft = drafts_of(actor).filter(uuid=token).first()
    if draft is None:
        raise UnknownDraft("没有这份草稿，或它不是您的、已过期、已提交；请从草稿列表查看。")
    return draft


def submissions_by(actor: Actor) -> QuerySet[Submission]:
    """What the actor handed in, newest first."""
    return Submission.objects.filter(actor_kind=actor.kind.value, actor_key=actor.key).select_related("organisation")


def submissions_for(actor: Actor) -> QuerySet[Submission]:
    """What the actor may read of its organisations, and its own; newest first."""
    own = Q(actor_kind=actor.kind.value, actor_key=actor.key)
    of_families = reduce(or_, (Q(form__startswith=one) for one in registry.families()), Q(pk__in=[]))
    return Submission.objects.select_related("organisation").filter(own | (within(actor, "forms.view", "organisation") & ~of_families))


def submission_of(uuid: UUID, *, actor: Actor) -> Submission:
    """The submission, when the actor may read it. Raises UnknownDraft, which does not tell absent from hidden."""
    found = Submission.objects.filter(uuid=uuid).select_related("organisation", "version").first()
    if found is None or not may_read(actor, found):
        raise UnknownDraft("没有这份填报，或您不能查看；请从“我提交的”或所属事项打开。")
    return found


def may_read(actor: Actor, submission: Submission) -> bool:
    """Whether the actor handed it in, its subject's module says so, or, of a form of no family, it holds `forms.view` there."""
    if submission.is_of(actor) or registry.is_reader(actor, submission.subject_kind, submission.subject_key):
        return True
    return not registry.is_of_family(submission.form) and policy.may(actor, "forms.view", submission)


def may_reveal(actor: Actor, submission: Submission) -> bool:
    """Whether its sensitive answers are shown to the actor: it handed it in, or, of a form of no family, holds `forms.reveal` there."""
    if submission.is_of(actor):
        return True
    return not registry.is_of_family(submission.form) and policy.may(actor, "forms.reveal", submission)


def may_read_key(actor: Actor, uuid: str) -> bool:
    """`may_read` for the attachments of a submission."""
    found = Submission.objects.filter(uuid=uuid).select_related("organisation").first()
    return found is not None and may_read(actor, found)


def may_read_draft(actor: Actor, uuid: str) -> bool:
    """Attachments of a draft are its person's."""
    found = Draft.objects.filter(uuid=uuid).first()
    return found is not None and found.is_of(actor)


def form_then(submission: Submission) -> Form | None:
    """The form as it was when it was handed in; None when a later version of the program cannot read its words."""
    try:
        return parse_form(submission.version.declaration)
    except FaultyForm:
        return None


def data_of(submission: Submission, form: Form | None = None) -> dict[str, object]:
    """The answers for the data of an instance: what `fields_of` names. Sensitive ones stay here, sealed."""
    form = form or form_then(submission)
    return {} if form is None else _told(form, joined(submission))


def data_of_values(form: Form, values: Mapping[str, object]) -> dict[str, object]:
    """The same of answers that a handler was given."""
    return _told(form, values)


def _told(form: Form, values: Mapping[str, object]) -> dict[str, object]:
    names = fields_of(form)
    return {name: value for name, value in record_of(form, values).items() if name in names}
