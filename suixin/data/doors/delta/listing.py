"""Which shares, schemas and tables a recipient has: a share for each subject of grants, a schema for each provider.

Share    the application's own grants under its id, those of its organisation under the organisation's slug
Table    the name of the resource's table; of several grants on one resource the one counts that opens the plan
Names    hold only what the protocol lets them; they are found whatever the case of their letters
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from suixin.data.access.models import Door, Grant, GrantState, SubjectKind
from suixin.data.access.plans import Plan, cached_plan
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.doors.delta.recipients import Recipient
from suixin.data.doors.errors import UnknownAddress
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.errors import BadRequest

_FOREIGN = re.compile(r"[^A-Za-z0-9_\-]")
MOST_RESULTS = 500


@dataclass(frozen=True, slots=True)
class SharedTable:
    """One table of one share."""

    share: str
    schema: str
    name: str
    resource: Resource
    grant: str

    def as_item(self) -> dict[str, str]:
        """As a listing tells it."""
        return {"name": self.name, "schema": self.schema, "share": self.share, "shareId": self.share, "id": self.grant}


def tables_of(recipient: Recipient) -> list[SharedTable]:
    """Everything the recipient may read now, by share, schema and name."""
    actor = recipient.actor
    mine = Q(subject_kind=SubjectKind.APPLICATION, subject_key=actor.key)
    theirs = Q(subject_kind=SubjectKind.ORGANISATION, subject_key=actor.organisation)
    grants = (
        Grant.objects.filter(mine | theirs, state=GrantState.ACTIVE, resource__state=ResourceState.PUBLISHED)
        .select_related("resource__provider").order_by("resource__table", "pk")
    )
    slug = Organisation.objects.filter(uscc=actor.organisation).values_list("slug", flat=True).first() or actor.organisation
    names = {SubjectKind.APPLICATION.value: _name(actor.key), SubjectKind.ORGANISATION.value: _name(slug)}
    found: dict[int, tuple[tuple[bool, int], SharedTable]] = {}
    for grant in grants:
        if Door.SHARE not in grant.doors or not grant.is_in_time(clock.now()):
            continue
        nearness = (grant.subject_kind == SubjectKind.APPLICATION, grant.pk)  # as access.rules chooses
        resource = grant.resource
        one = SharedTable(names[grant.subject_kind], _name(resource.provider.slug), resource.table, resource, str(grant.uuid))
        if resource.pk not in found or nearness > found[resource.pk][0]:
            found[resource.pk] = (nearness, one)
    return sorted((one for _, one in found.values()), key=lambda one: (one.share, one.schema, one.name))


def shares_of(recipient: Recipient) -> list[str]:
    """Names of the shares, in order."""
    return sorted({one.share for one in tables_of(recipient)})


def within(recipient: Recipient, share: str, schema: str = "") -> list[SharedTable]:
    """Tables of a share, or of one of its schemas. Raises UnknownAddress."""
    found = [one for one in tables_of(recipient) if one.share.lower() == share.lower()]
    if not found:
        raise UnknownAddress(f"没有名为「{share[:80]}」的共享;请列出共享,核对名称,或确认授权仍有效。")
    if schema:
        found = [one for one in found if one.schema.lower() == schema.lower()]
        if not found:
            raise UnknownAddress(f"共享「{share[:80]}」里没有「{schema[:80]}」;请核对名称。")
    return found


def table_of(recipient: Recipient, share: str, schema: str, *, name: str) -> SharedTable:
    """One table. Raises UnknownAddress."""
    found = next((one for one in within(recipient, share, schema) if one.name.lower() == name.lower()), None)
    if found is None:
        raise UnknownAddress(f"「{share[:80]}.{schema[:80]}」里没有表「{name[:80]}」;请列出表,核对名称。")
    return found


def plan_of(recipient: Recipient, table: SharedTable) -> Plan:
    """The plan by which the recipient reads the table. Raises what `open_plan` does."""
    return plan_by_name(recipient, table.name, table.resource)


def plan_by_name(recipient: Recipient, table: str, resource: Resource | None = None) -> Plan:
    """The same by the name of the standard table; cached."""
    def find() -> Resource:
        found = resource or Resource.objects.select_related("provider").filter(table=table).first()
        if found is None:
            raise UnknownAddress(f"没有表「{table[:80]}」;请核对名称。")
        return found

    return cached_plan(recipient.actor, table, door=Door.SHARE, columns=None, find=find)


def page_of(items: Sequence[object], *, most: str, token: str) -> tuple[list[object], str]:
    """One page of a listing and the token of the next, "" at the end. Raises BadRequest."""
    size = _whole("maxResults", most, MOST_RESULTS)
    start = _whole("pageToken", token, 0)
    if size == 0 and most:
        return [], ""
    end = start + min(size or MOST_RESULTS, MOST_RESULTS)
    return list(items[start:end]), (str(end) if end < len(items) else "")


def _whole(name: str, text: str, default: int) -> int:
    if not text:
        return default
    if not text.isdecimal() or len(text) > 9:
        raise BadRequest(f"参数「{name}」须为不小于 0 的整数。", parameter=name)
    return int(text)


def _name(text: str) -> str:
    return _FOREIGN.sub("_", text)


