"""From which state a call starts and in which it leaves things: found, compared with what was seen, told."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any  # contents are JSON
from uuid import UUID

from django.http import HttpRequest

from suixin.data.catalog import canon, changing, publication, rules
from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.catalog.errors import WrongState
from suixin.data.catalog.exchange import told
from suixin.data.catalog.exchange.shapes import RevisionIn, stated_in
from suixin.data.catalog.models import Change, ChangeKind, Resource, ResourceState
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.catalogue import documents
from suixin.site.catalogue.conditions import Answer, TagStale, require_tag

_MOVED = "您取得之后它已有变动,没有修改;请重新取一次,核对后用新的 ETag 再试。"


def seen(request: HttpRequest, actor: Actor, table: str) -> Resource:
    """The entry, as the caller saw it. Raises NotFound, TagMissing, TagStale."""
    resource = documents.entry_for(actor, table)
    require_tag(request, documents.current_tag(resource, actor))
    return resource


def change_for(actor: Actor, uuid: UUID) -> Change:
    """The change, for staff. Raises NotFound, NotAllowed."""
    found = Change.objects.select_related("resource__provider", "resource__source_department", "successor").filter(uuid=uuid).first()
    if found is None:
        raise NotFound("没有这项变更;请用提出变更时回答的 id。")
    policy.require(actor, "catalog.view", found.resource)
    return found


def seen_change(request: HttpRequest, actor: Actor, uuid: UUID) -> Change:
    """The change as the caller saw it, locked until the call is through. Raises NotFound, NotAllowed, TagMissing, TagStale."""
    Change.objects.select_for_update(of=("self",)).filter(uuid=uuid).first()
    change = change_for(actor, uuid)
    policy.require(actor, "catalog.propose", change.resource)
    require_tag(request, documents.change_document(change)[1])
    return change


def require_base(request: HttpRequest, change: Change) -> None:
    """Nothing, when the change was begun from the content that was seen; it holds the lock of its entry. Raises TagStale."""
    _require_end(request, f'-{ResourceState.PUBLISHED}-{canon.digest_of(change.content)}"')


def require_same(request: HttpRequest, resource: Resource) -> None:
    """Nothing, when the entry, locked by now, still says what was seen. Raises TagStale."""
    _require_end(request, f'-{canon.digest_of(canon.content_of(resource))}"')


@contextmanager
def moved_is_stale(request: HttpRequest, actor: Actor, resource: Resource) -> Iterator[None]:
    """An entry that moved between reading and locking is told as stale. Raises TagStale."""
    try:
        yield
    except WrongState as error:
        now = Resource.objects.select_related("provider", "source_department").get(pk=resource.pk)
        if now.updated_at != resource.updated_at:
            raise TagStale(_MOVED) from error
        raise


def specs_of(given: RevisionIn, before: Sequence[ItemSpec]) -> tuple[ItemSpec, ...]:
    """The items as told, or as they were; what programs do not tell of an item stays."""
    if given.items is None:
        return tuple(before)
    held = {one.field: one for one in before}
    return tuple(
        replace(one, sensitive=old.sensitive, source_names=old.source_names) if (old := held.get(one.field)) else one
        for one in told.specs_of(given.items)
    )


def refuse_faults(resource: Resource, content: Mapping[str, Any], *, given: RevisionIn, specs: Sequence[ItemSpec]) -> None:
    """Nothing, when an entry may say this. Raises FaultyEntry with every fault at its path."""
    faults = told.item_faults(specs) if given.items is not None else []
    contract = Contract(resource.code, resource.table, given.title or resource.title, tuple(specs))
    faults += told.contract_faults(rules.keyed(contract), faults)
    faults += told.metadata_faults(changing.stated_of(content), content.get("extension", {}), content)
    uscc = given.source_department
    if uscc and not Organisation.objects.filter(uscc=uscc).exists():
        faults.append(("source_department", f"组织机构库里没有信用代码“{uscc}”；请核对 18 位代码"))
    if faults:
        raise told.faulty(resource.title, faults)


def revised(change: Change, given: RevisionIn, actor: Actor) -> Change:
    """The change saying what was told; as it was when nothing was. Raises FaultyEntry, and what `changing.revise_change` raises."""
    metadata = stated_in(given) | ({"title": given.title} if given.title is not None else {})
    if not metadata and given.items is None:
        return change
    specs = specs_of(given, canon.specs_of(change.content))
    if change.kind == ChangeKind.CHANGE:
        refuse_faults(change.resource, {**change.content, **metadata}, given=given, specs=specs)
    made = changing.revise_change(change, actor=actor, metadata=metadata, items=specs if given.items is not None else None)
    return Change.objects.select_related("resource__provider", "successor").get(pk=made.pk)


def written(resource: Resource, actor: Actor, *, status: int = 200) -> Answer:
    """The entry after a write, with where its publication stands."""
    fresh = documents.entry_for(actor, resource.table)
    document, tag = documents.entry_document(fresh, actor)
    document["progress"] = documents.progress_of(publication.running(fresh))
    address = f"/api/v1/catalogue/entries/{fresh.table}"
    return Answer(document, status, {"ETag": tag, "Location": address} if status == 201 else {"ETag": tag})


def changed(change: Change, *, status: int = 200) -> Answer:
    """The change after a write."""
    fresh = Change.objects.select_related("resource__provider", "successor").get(pk=change.pk)
    document, tag = documents.change_document(fresh)
    address = f"/api/v1/catalogue/proposed-changes/{fresh.uuid}"
    return Answer(document, status, {"ETag": tag, "Location": address} if status == 201 else {"ETag": tag})


def _require_end(request: HttpRequest, end: str) -> None:
    if not any(one.strip().endswith(end) for one in request.headers.get("If-Match", "").split(",")):
        raise TagStale(_MOVED)
