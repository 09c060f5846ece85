"""What changed since the version that was told last, message by message, in an order that is the same each time.

Message   {"id", "subscription", "resource", "table", "first_version", "last_version", "part", "is_last", "changes": [{"type", "row"}]},
          type insert, update or delete; at most ROWS changes. At least once: the receiver tells repeats by `id`
Failing   no answer or 5xx: again after 1, 2, 4 ... minutes (at most 6 hours); after MOST_FAILURES in a row the subscription is held
Refused   4xx: tried REFUSALS times, then kept as a dead letter, and the next message goes on
"""

from collections.abc import Generator, Mapping
from contextlib import closing
from datetime import timedelta

from django.db import transaction

from suixin.data.access.errors import VersionGone
from suixin.data.access.granted import changing
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.values import dumps
from suixin.data.access.versions import pinned
from suixin.data.collection.errors import AddressRefused, SourceFault
from suixin.data.doors.errors import MessageRefused, ReceiverFault
from suixin.data.doors.evidence import note_delivery
from suixin.data.doors.models import DeadLetter, ExchangeState, Subscription
from suixin.data.doors.subscriptions.sending import send
from suixin.ground.audit import actions as audit
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

ROWS, MOST_FAILURES, REFUSALS = 500, 10, 3
LONGEST_PAUSE = timedelta(hours=6)
_TYPES = {changing.INSERT: "insert", changing.AFTER: "update", changing.DELETE: "delete"}


def deliver(subscription: Subscription, *, actor: Actor) -> str:
    """What was told, as a sentence. Goes on where it stopped; raises NotAllowed alone, other faults stand with the subscription."""
    policy.require(actor, "sharing.exchange", subscription.application)
    held = Subscription.objects.select_related("application__organisation", "resource__provider").get(pk=subscription.pk)
    if held.state != ExchangeState.ENABLED:
        return f"这项订阅现在是“{ExchangeState(held.state).label}”,没有投递。"
    try:
        plan = open_plan(application_actor(held.application), held.resource, door=Door.SUBSCRIPTION)
        told = _deliver(held, plan)
    except (ReceiverFault, SourceFault) as error:
        return _failed(held, error.sentence)
    except (VersionGone, AddressRefused) as error:
        return _hold(held, f"{error.sentence}请在订阅页从较新的版本重放,或改正地址。")
    except SuixinError as error:
        return _hold(held, error.sentence)
    if told:
        audit.record(actor, "sharing.told_changes", held, detail={"version": held.version, "rows": told})
    return _settled(held, f"已送达到第 {held.version} 版,本次 {told:,} 行变化。")


def _deliver(held: Subscription, plan: Plan) -> int:
    """Rows told now."""
    rows = 0
    while held.version < (goal := held.goal if held.goal is not None else pinned(plan.table).version):
        if held.goal is None:
            held.goal, held.part = goal, 0
            held.save(update_fields=["goal", "part"])
        with closing(_messages(held, plan, goal)) as messages:
            for part, message in enumerate(messages):
                if part >= held.part:
                    rows += _tell(held, plan, message)
        held.version, held.goal, held.part = goal, None, 0
        held.save(update_fields=["version", "goal", "part"])
    return rows


def _tell(held: Subscription, plan: Plan, message: Mapping[str, object]) -> int:
    """Rows of the message, told or kept as a dead letter; the subscription is one message further then."""
    body, changes = dumps(message), message["changes"]
    count = len(changes) if isinstance(changes, list) else 0
    try:
        send(held, str(message["id"]), body, plan=plan, rows=count)
    except MessageRefused as error:
        if held.failures + 1 < REFUSALS:
            raise ReceiverFault(error.sentence) from error
        _bury(held, str(message["id"]), body, rows=count, sentence=error.sentence, shape=plan.fingerprint)
        count = 0
    else:
        held.told_at = clock.now()
    held.part, held.failures, held.told = held.part + 1, 0, held.told + count
    held.save(update_fields=["part", "failures", "told", "told_at"])
    note_delivery(plan, action="webhook", rows=count, version=held.goal)
    return count


def _messages(held: Subscription, plan: Plan, goal: int) -> Generator[dict[str, object], None, None]:
    common = {
        "subscription": str(held.uuid), "resource": plan.contract.code, "table": plan.table, "first_version": held.version,
        "last_version": goal,
    }
    name, part, waiting = f"{held.uuid}:{held.version}-{goal}", 0, list[object]()
    with changing.changes(plan, held.version, goal) as found:
        reader = found.cursor.execute(f"SELECT * FROM ({found.all_sql()}) ORDER BY ALL").to_arrow_reader(ROWS)
        for batch in reader:
            for row in batch.to_pylist():
                kind = _TYPES.get(row.pop(changing.KIND))
                if kind is not None:  # the image of before says nothing that the row itself does not
                    waiting.append({"type": kind, "row": row})
            while len(waiting) > ROWS:
                yield common | {"id": f"{name}:{part}", "part": part, "is_last": False, "changes": waiting[:ROWS]}
                part, waiting = part + 1, waiting[ROWS:]
    if waiting or part:
        yield common | {"id": f"{name}:{part}", "part": part, "is_last": True, "changes": waiting}


@transaction.atomic
def _bury(held: Subscription, message_id: str, body: bytes, *, rows: int, sentence: str, shape: str) -> None:
    letter = DeadLetter(subscription=held, message_id=message_id, rows=rows, shape=shape, sentence=sentence[:600], created_at=clock.now())
    letter.body = body.decode()
    if not DeadLetter.objects.filter(subscription=held, message_id=message_id).exists():
        letter.save()


def _failed(held: Subscription, sentence: str) -> str:
    held.failures += 1
    if held.failures >= MOST_FAILURES:
        return _hold(held, f"连续失败 {held.failures} 次,已停止投递:{sentence}")
    held.next_at = clock.now() + min(timedelta(minutes=2 ** (held.failures - 1)), LONGEST_PAUSE)
    held.sentence = f"第 {held.failures} 次失败:{sentence}"[:600]
    held.save(update_fields=["failures", "next_at", "sentence"])
    return held.sentence


def _hold(held: Subscription, sentence: str) -> str:
    held.state, held.sentence, held.next_at = ExchangeState.HELD, sentence[:600], None
    held.save(update_fields=["state", "sentence", "next_at", "failures"])
    return held.sentence


def _settled(held: Subscription, sentence: str) -> str:
    held.sentence, held.next_at = sentence, None
    held.save(update_fields=["sentence", "next_at"])
    return sentence


