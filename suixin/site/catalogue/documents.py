"""Entries, versions and changes as JSON, and what of them is for everybody: what the page of the catalogue shows, no more."""

from collections.abc import Mapping
from typing import Any  # documents are JSON

from suixin.data.catalog import canon, changing, publication
from suixin.data.catalog.models import Change, EntryEvent, Resource, ResourceState, ResourceVersion
from suixin.data.catalog.queries import resource_by
from suixin.ground.flow.models import Instance
from suixin.ground.security import policy
from suixin.kit.actor import PUBLIC, Actor
from suixin.kit.errors import NotFound

Json = dict[str, Any]
# what only staff may read of an entry and of its items
INSIDE = frozenset({"secrecy_assessment", "privacy_assessment", "rules", "extension", "floor", "withhold_reason"})
INSIDE_ITEM = frozenset({"source_names", "sensitive", "source_department", "withhold_reason", "is_secret", "is_indexed", "is_provisional"})


def reader_of(request: object) -> Actor:
    """The owner of the token, else the public."""
    actor = getattr(request, "actor", None)
    return actor if isinstance(actor, Actor) else PUBLIC


def is_inside(actor: Actor, resource: Resource) -> bool:
    """Whether the actor reads the entry as staff do."""
    return policy.may(actor, "catalog.view", resource)


def entry_for(actor: Actor, table: str) -> Resource:
    """The entry, published ones for everybody, others for staff. Raises NotFound, which does not tell whether it exists."""
    related = ("provider", "source_department", "superseded_by")
    found = Resource.objects.select_related(*related).filter(table=table).first()
    if found is None or (found.state != ResourceState.PUBLISHED and not is_inside(actor, found)):
        raise NotFound(f"目录中没有“{table}”，或您不能查看;请用 GET /api/v1/catalogue 检索。")
    return found


def content_for(actor: Actor, resource: Resource, content: Mapping[str, Any]) -> Json:
    """A canonical content as that actor may read it."""
    if is_inside(actor, resource):
        return dict(content)
    plain = {name: value for name, value in content.items() if name not in INSIDE}
    items = [{name: value for name, value in one.items() if name not in INSIDE_ITEM} for one in content["items"]]
    return {**plain, "items": items}


def entry_document(resource: Resource, actor: Actor) -> tuple[Json, str]:
    """The whole entry as the actor may read it, and its tag; three queries."""
    content = canon.content_of(resource)
    told, digest = content_for(actor, resource, content), canon.digest_of(content)
    document: Json = {
        "table": resource.table, "code": resource.code, "title": resource.title, "state": resource.state, "version": resource.version,
        "sm3": digest, "provider": resource.provider.uscc, "provider_name": resource.provider.name,
        "category": resource.category, "level": resource.level, "write_mode": resource.write_mode,
        "publish_date": resource.publish_date.isoformat() if resource.publish_date else None,
        "updated_at": resource.updated_at.isoformat(),
        "superseded_by": resource.superseded_by.table if resource.superseded_by else None,
        "url": f"/catalogue/{resource.table}", "content": told,
    }
    if is_inside(actor, resource):
        document |= {
            "approver": resource.approver, "approved_at": resource.approved_at.isoformat() if resource.approved_at else None,
        }
    return document, tag_of(resource, digest, actor)


def tag_of(resource: Resource, digest: str, actor: Actor) -> str:
    """The tag of the entry as it stands: its version, state and content; that of the public is another."""
    side = "" if is_inside(actor, resource) else "-public"
    return f'"{resource.version}-{resource.state}-{digest}{side}"'


def current_tag(resource: Resource, actor: Actor) -> str:
    """The tag of the entry as the database holds it now."""
    return tag_of(resource, canon.digest_of(canon.content_of(resource)), actor)


def version_document(version: ResourceVersion, actor: Actor, *, whole: bool) -> Json:
    """One version; who published it and why is for staff."""
    told: Json = {"number": version.number, "sm3": version.digest, "at": version.published_at.isoformat()}
    if is_inside(actor, version.resource):
        told |= {"by": version.published_by, "reason": version.reason}
    return told | ({"content": content_for(actor, version.resource, version.content)} if whole else {})


def change_document(change: Change) -> tuple[Json, str]:
    """A change on its way and its tag; for staff."""
    digest = canon.digest_of(change.content)
    document = {
        "id": str(change.uuid), "table": change.resource.table, "kind": change.kind, "state": change.state, "base_version": change.base,
        "reason": change.reason, "happened_on": change.happened_on.isoformat(), "due_on": change.due_on.isoformat(),
        "created_by": change.created_by, "successor": change.successor.table if change.successor else None,
        "faults": changing.faults_of(change) if changing.is_draft(change) else [], "sm3": digest, "content": change.content,
        "url": f"/console/changes/{change.uuid}/", "progress": progress_of(changing.running(change)),
    }
    return document, f'"{change.state}-{digest}"'


def progress_of(instance: Instance | None) -> Json | None:
    """Where a publication or a change stands."""
    if instance is None:
        return None
    step = publication.waiting_step(instance)
    return {
        "status": instance.status, "step": step.title if step else None,
        "waits_for": step.organisation.name if step and step.organisation else None,
        "due_at": step.due_at.isoformat() if step and step.due_at else None,
    }


def event_document(event: EntryEvent) -> Json:
    """One thing that became of an entry; `title` is what the entry is called now."""
    resource = event.resource
    return {
        "cursor": event.number, "kind": event.kind, "table": resource.table, "code": resource.code, "title": resource.title,
        "provider": resource.provider.uscc, "provider_name": resource.provider.name, "version": event.version,
        "sm3": event.digest or None, "at": event.at.isoformat(), "superseded_by": event.successor or None,
        "url": f"/catalogue/{resource.table}",
    }


def successor_by(table: str) -> Resource | None:
    """The entry of that table or code; None for "". Raises UnknownResource."""
    return resource_by(table) if table else None
