"""What a step is about, on its own page: nobody should agree to what another page shows.

An entry's facts and items; of a change what becomes different and whom it reaches. Kinds without a view have their link alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext

from suixin.data.catalog import changing, publication, standing
from suixin.data.catalog.models import Change, Resource
from suixin.ground.flow.subjects import Subject
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.site.shell.components import Table
from suixin.site.shell.queries.catalogue import facts_of_entry
from suixin.site.shell.queries.changes import change_page
from suixin.site.shell.queries.tables import items_table


@dataclass(frozen=True, slots=True)
class Part:
    """One part of it under a heading: facts or a table; `missing` says what the entry should state and does not."""

    name: str
    title: str
    facts: Sequence[tuple[str, str]] = ()
    table: Table | None = None
    missing: Sequence[str] = ()


def about(subject: Subject, actor: Actor) -> list[Part]:
    """The parts for a reader; none when there is no view of that kind or the reader may not see the thing itself."""
    view = _VIEWS.get(subject.kind)
    return view(subject.key, actor) if view else []


def _entry(code: str, actor: Actor) -> list[Part]:
    resource = Resource.objects.select_related("provider").filter(code=code).first()
    if resource is None or not policy.may(actor, "catalog.view", resource):
        return []
    facts = [(label, value) for label, value in facts_of_entry(resource) if value not in ("", "—")]
    return [
        Part("entry", gettext("目录内容"), facts, missing=[one for one in standing.missing_of(resource) if one != standing.APPROVER]),
        Part("entry-items", gettext("信息项"), table=items_table(resource.contract)),
    ]


def _change(key: str, actor: Actor) -> list[Part]:
    change = Change.objects.select_related("resource__provider", "successor").filter(uuid=UUID(key)).first()
    if change is None or not policy.may(actor, "catalog.view", change.resource):
        return []
    page = change_page(change, actor=actor)
    told = [Part("difference", gettext("变化"), table=page.differences)] if page.differences.rows else []
    return [*told, Part("reached", gettext("影响到谁"), table=page.impact)]


_VIEWS: Mapping[str, Callable[[str, Actor], list[Part]]] = {publication.KIND: _entry, changing.KIND: _change}
