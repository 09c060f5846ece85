"""回流: rows of a resource go back to the peer whose divisions they are about, by a share of the peer's own.

Agreed   a person at the source gives the share (columns, divisions as the row filter, masks, until when); the peer's end names the
         entry into which rows go
Written  what changed since the version that was told last, as the share shows it, letter by letter in an order that is the same each
         time; everything anew when the share's shape changed or the version before is gone, swept at the end
Source   政务数据共享条例 (国务院令第809号) art. 24: completely, in time, without further conditions; standards/data.md 0.3
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any  # rows are of any type

from django.db import transaction

from suixin.data.access.errors import VersionGone
from suixin.data.access.granted import changing
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.versions import pinned
from suixin.data.catalog import canon
from suixin.data.catalog.models import Resource
from suixin.data.collection.sources.cells import as_text
from suixin.data.doors.evidence import note_delivery
from suixin.data.sharing import rules as sharing
from suixin.data.sharing.actions import ShareTerms, grant_request
from suixin.data.sharing.cascade import evidence, posting
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import Flow, FlowState, LetterKind, Link, LinkState, Way
from suixin.data.sharing.models import Share
from suixin.ground.audit import actions as audit
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit import clock, crash
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

ROWS = 2_000
_WRITTEN = {changing.INSERT, changing.AFTER}


class _Elsewhere(Exception):
    """Another process writes the same flow."""


@transaction.atomic
def offer_flow(
    link: Link, resource: Resource, *, divisions: Sequence[str], columns: Sequence[str], basis: str, until: datetime, actor: Actor,
    is_receipted: bool = False,
) -> Flow:
    """The flow, its first rows to be written; the peer's application gets its share. Raises NotAllowed, WrongLink, MayNotShare.

    `is_receipted`: each part bears a signed receipt, which the receiver may check off line
    """
    policy.require(actor, "sharing.grant", resource)
    if link.state != LinkState.ACTIVE:
        raise WrongLink(f"平台“{link}”{link.get_state_display()}，不能回流；请先启用。")
    if link.way == Way.DIRECT:
        raise WrongLink(f"平台“{link}”用数据直达接口，只传目录和申请；库表和文件请用“交换”里的库表交换、文件交换报送。")
    contract = resource.contract
    if not contract.key:
        raise WrongLink(f"“{resource.title}”没有主键，变动和删除对不上行，不能回流；请先在目录中设主键。")
    if divisions and (fault := sharing.division_fault(contract, divisions)):
        raise WrongLink(f"“{resource.title}”：{fault}。")
    terms = ShareTerms(
        columns, f"数据回流至{link}", basis, until, doors=(Door.TABLE,), row_filter=sharing.narrowed(contract, "", divisions),
        masks={}, is_receipted=is_receipted,
    )
    share = grant_request(resource, terms, organisation=link.application.organisation, application=link.application, actor=actor)
    flow = begin_flow(link, share, divisions=divisions)
    audit.record(actor, "cascade.flow_offered", flow, basis=basis, detail={"link": link.code, "divisions": list(divisions)})
    return flow


def begin_flow(link: Link, share: Share, *, divisions: Sequence[str] = (), request: str = "") -> Flow:
    """The flow of a share that was given, told to the peer; `request`: what it answers. Part of the caller's transaction."""
    resource = share.resource
    flow = Flow.objects.create(link=link, resource=resource, share=share, divisions=list(divisions), started_at=clock.now())
    plan = _plan(flow)
    _require_keys(plan)
    until = share.grant.valid_until
    posting.post(link, LetterKind.FLOW, {
        "title": resource.title, "code": resource.code, "table": resource.table, "request": request, "basis": share.basis,
        "items": [canon.item_content(column.item) for column in plan.columns], "key": list(resource.contract.key),
        "divisions": list(divisions), "until": until.isoformat() if until else "",
    }, about=str(flow.uuid))
    return flow


@transaction.atomic
def switch_flow(flow: Flow, *, is_paused: bool, actor: Actor, reason: str = "") -> Flow:
    """The flow, paused or enabled. Raises NotAllowed."""
    policy.require(actor, "sharing.grant", flow.resource)
    flow.state, flow.sentence = (FlowState.PAUSED if is_paused else FlowState.ENABLED), ""
    flow.save(update_fields=["state", "sentence"])
    audit.record(actor, "cascade.flow_paused" if is_paused else "cascade.flow_resumed", flow, basis=reason)
    return flow


def write_flow(flow: Flow) -> int:
    """How many rows were written now; a fault that a person must mend holds the flow."""
    held = Flow.objects.select_related("link__application__organisation", "link__peer", "resource__provider").get(pk=flow.pk)
    if held.state != FlowState.ENABLED:
        return 0
    try:
        plan = _plan(held)
        _require_keys(plan)
        return _write(held, plan)
    except VersionGone:
        return _write(_anew(held, _plan(held)), _plan(held))
    except _Elsewhere:
        return 0
    except SuixinError as error:
        held.state, held.sentence = FlowState.HELD, error.sentence[:600]
        held.save(update_fields=["state", "sentence"])
        return 0


def _plan(flow: Flow) -> Plan:
    return open_plan(application_actor(flow.link.application), flow.resource, door=Door.TABLE)


def _require_keys(plan: Plan) -> None:
    hidden = [item.name for item in plan.key_items if item.field not in plan.fields or plan.column(item.field).mask]
    if hidden:
        raise WrongLink(f"“{plan.contract.title}”的主键 {'、'.join(hidden)} 不在授权里，或被脱敏，接收方分不清行；请把主键完整列入授权。")


def _write(held: Flow, plan: Plan) -> int:
    if held.shape != plan.fingerprint:
        held = _anew(held, plan)
    rows = 0
    while held.version < (goal := held.goal if held.goal is not None else pinned(plan.table).version) or held.goal is not None:
        if held.goal is None:
            held.goal, held.part = goal, 0
            held.save(update_fields=["goal", "part"])
        with closing(_parts(held, plan, goal)) as parts:
            for place, part in enumerate(parts):
                if place < held.part:
                    continue
                if not posting.has_room(held.link):
                    return rows
                rows += _post(held, plan, part)
        held.version, held.goal, held.part, held.sweep = goal, None, 0, 0
        held.save(update_fields=["version", "goal", "part", "sweep"])
    return rows


def _anew(held: Flow, plan: Plan) -> Flow:
    """Everything is written again, from the first letter on; at its end what came before and did not come again goes."""
    held.version, held.goal, held.part, held.sweep, held.shape = 0, None, 0, held.number + 1, plan.fingerprint
    held.save(update_fields=["version", "goal", "part", "sweep", "shape"])
    return held


def _post(held: Flow, plan: Plan, part: dict[str, Any]) -> int:
    count = len(part["rows"]) + len(part["gone"])
    _write_part(held, plan, part | {"number": held.number + 1}, count)
    return count


@transaction.atomic
def _write_part(held: Flow, plan: Plan, content: dict[str, Any], count: int) -> None:
    now = Flow.objects.select_for_update(of=("self",)).get(pk=held.pk)
    if (now.part, now.number, now.goal) != (held.part, held.number, held.goal):  # another process writes the same flow
        raise _Elsewhere
    with evidence.borne(plan, content, flow=held.uuid, rows=count) as told:  # by who holds the row: another's receipt is never touched
        posting.post(held.link, LetterKind.ROWS, told, about=str(held.uuid), rows=count)
        held.number, held.part, held.told_at = held.number + 1, held.part + 1, clock.now()
        held.save(update_fields=["number", "part", "told_at"])
        note_delivery(plan, action="cascade", rows=count, version=held.goal)
    transaction.on_commit(lambda: crash.point("part_written"))


def _parts(held: Flow, plan: Plan, goal: int) -> Generator[dict[str, Any], None, None]:
    """The letters of one step: rows as text, keys of rows that go; the last says so, and from which number on all was read anew."""
    key = [item.field for item in plan.key_items]
    common = {"columns": list(plan.fields), "key": key, "first_version": held.version, "last_version": goal}
    with changing.changes(plan, held.version, goal) as found:
        reader = found.cursor.execute(f"SELECT * FROM ({found.all_sql()}) ORDER BY ALL").to_arrow_reader(ROWS)
        pieces = _pieces((batch.to_pylist() for batch in reader), list(plan.fields), key)
        waiting = next(pieces, None)
        if waiting is None and not held.sweep:
            return
        rows, gone = waiting or ([], [])
        for following in pieces:
            yield common | {"rows": rows, "gone": gone, "is_last": False, "sweep": 0}
            rows, gone = following
        yield common | {"rows": rows, "gone": gone, "is_last": True, "sweep": held.sweep}


Piece = tuple[list[list[str | None]], list[list[str | None]]]


def _pieces(batches: Iterator[list[dict[str, Any]]], fields: Sequence[str], key: Sequence[str]) -> Iterator[Piece]:
    """Rows that are there and keys that go, of ROWS changes each."""
    for batch in batches:
        kept = [[as_text(row[name]) for name in fields] for row in batch if row[changing.KIND] in _WRITTEN]
        gone = [[as_text(row[name]) for name in key] for row in batch if row[changing.KIND] == changing.DELETE]
        if kept or gone:
            yield kept, gone
