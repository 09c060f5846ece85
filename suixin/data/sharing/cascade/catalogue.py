"""Catalogue up: what became of our entries is told to a peer in the order of the change feed; a peer's entries are kept as remote ones."""

from typing import Any  # contents are JSON

import orjson
from django.db import transaction

from suixin.data.catalog import announcing, canon
from suixin.data.catalog.models import EntryEvent, EventKind
from suixin.data.sharing.cascade import posting
from suixin.data.sharing.cascade.applying import Content
from suixin.data.sharing.cascade.finding import entry_of
from suixin.data.sharing.cascade.models import Incoming, LetterKind, Link, RemoteEntry, RemoteState
from suixin.ground.audit import actions as audit
from suixin.ground.search import actions as search
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest

ENTRIES_A_LETTER = 50


@transaction.atomic
def tell_catalogue(link: Link, *, is_told: bool, actor: Actor) -> Link:
    """Our catalogue goes to the peer from now on (all of it first), or no more. Raises NotAllowed."""
    policy.require(actor, "sharing.cascade", None)
    held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
    held.catalogue = (held.catalogue or 0) if is_told else None
    held.save(update_fields=["catalogue"])
    audit.record(actor, "cascade.catalogue_told" if is_told else "cascade.catalogue_kept", held)
    return held


def write_entries(link: Link) -> int:
    """How many events were written to the peer now."""
    written = 0
    while posting.has_room(link) and (found := _write_some(link)):
        written += found
    return written


@transaction.atomic
def _write_some(link: Link) -> int:
    held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if held.catalogue is None:
        return 0
    events = announcing.events_after(held.catalogue, size=ENTRIES_A_LETTER)
    if not events:
        return 0
    posting.post(held, LetterKind.ENTRIES, {"entries": [_told(one) for one in events]}, rows=len(events))
    Link.objects.filter(pk=held.pk).update(catalogue=events[-1].number)
    return len(events)


def _told(event: EntryEvent) -> dict[str, Any]:
    resource = event.resource
    version = resource.versions.filter(number=event.version).first()
    return {
        "number": event.number, "kind": event.kind, "code": resource.code, "table": resource.table, "title": resource.title,
        "provider": str(resource.provider), "version": event.version, "digest": event.digest,
        "content": version.content if version else canon.content_of(resource),
    }


def take_entries(letter: Incoming, content: Content) -> None:
    """The peer's entries as it tells them; an event that came before says nothing new."""
    entries = content.get("entries")
    if not isinstance(entries, list):
        raise BadRequest("目录变动的内容不对；请对端升级。")
    whole = [said for said in entries if _is_whole(said)]
    if len(whole) < len(entries):
        letter.sentence = f"{len(entries) - len(whole)} 条目录不合格式，没有收；请两端核对版本。"
    kept = [one for said in whole if (one := _keep(letter.link, said)) is not None]
    search.put_all(entry_of(one) for one in kept)


def _is_whole(said: object) -> bool:
    """Whether the entry has the form by which it is kept, found and asked for."""
    content = said.get("content") if isinstance(said, dict) else None
    items = content.get("items") if isinstance(content, dict) else None
    has_items = isinstance(items, list) and all(isinstance(one, dict) and {"name", "field"} <= one.keys() for one in items)
    return has_items and isinstance(said, dict) and b"\\u0000" not in orjson.dumps(said)  # PostgreSQL keeps no NUL


def _keep(link: Link, said: dict[str, Any]) -> RemoteEntry | None:
    known = RemoteEntry.objects.filter(link=link, code=said["code"]).first()
    if known is not None and known.number >= int(said["number"]):
        return None
    is_gone = said["kind"] in (EventKind.WITHDRAWN, EventKind.SUPERSEDED)
    held, _ = RemoteEntry.objects.update_or_create(link=link, code=str(said["code"])[:120], defaults={
        "table": str(said["table"])[:120], "title": str(said["title"])[:300], "provider": str(said["provider"])[:120],
        "version": int(said["version"]), "digest": str(said["digest"])[:64], "content": said["content"], "number": int(said["number"]),
        "state": RemoteState.WITHDRAWN if is_gone else RemoteState.PUBLISHED, "told_at": clock.now(),
    })
    return held
