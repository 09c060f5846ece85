"""How a department's own codes stand to a standard set: drafted by the department, published by the bureau, many to one.

Promise  what is suggested (equal names, other names) is applied by nobody but a person; what is published never changes, a
         later mapping of the same sets replaces it; a code that nobody mapped stands for nothing
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from suixin.ground.audit import actions as audit
from suixin.ground.events import emit_on_commit
from suixin.ground.security import policy
from suixin.ground.standards import held, queries, rules
from suixin.ground.standards.actions import require_other
from suixin.ground.standards.errors import BadDraft, WrongState
from suixin.ground.standards.events import MappingPublished
from suixin.ground.standards.models import OPEN, Kind, Mapping, Pair, Standard, State
from suixin.ground.standards.values import CodeSet
from suixin.kit import clock
from suixin.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Line:
    """One own code: what it is mapped to ("" nothing), what would suit, and why."""

    code: str
    name: str
    target: str = ""
    suggested: str = ""
    why: str = ""


def lines_of(own: CodeSet, target: CodeSet, pairs: Map[str, str]) -> list[Line]:
    """Every own code with what it is mapped to, and a suggestion where a name or another name is the same. Pure."""
    found = []
    for code, name in own.entries.items():
        suggested = target.code_of(name) or ""
        why = "名称相同" if suggested and target.entries.get(suggested) == name else "与别名相同" if suggested else ""
        found.append(Line(code, name, pairs.get(code, ""), suggested, why))
    return found


@transaction.atomic
def begin_mapping(own: Standard, target: str, *, actor: Actor) -> Mapping:
    """A draft of how the department's set stands to the standard one, beginning with the mapping in force.

    Raises NotAllowed, NotFound, BadDraft, WrongState (one is open).
    """
    policy.require(actor, "standards.draft", own)
    queries.code_set(target)
    locked = Standard.objects.select_for_update().get(pk=own.pk)
    if not locked.owner or locked.kind != Kind.CODE_SET:
        raise BadDraft(f"“{locked}”不是单位自己的代码集，不用对照。")
    if queries.own_set(locked.code) is None:
        raise BadDraft(f"“{locked}”还没有发布的版本；请先把它的代码发布，再做对照。")
    earlier = Mapping.objects.filter(own=locked, target=target)
    if (open_one := earlier.filter(state__in=OPEN).first()) is not None:
        raise WrongState(f"“{open_one}”已有一份{open_one.get_state_display()}的对照；请先办完它。")
    last = earlier.aggregate(last=Max("number"))["last"] or 0
    made = Mapping.objects.create(
        own=locked, target=target, number=last + 1, owner=locked.owner, lineage=locked.lineage, owner_name=locked.owner_name,
        drafted_by=actor.key[:150], created_at=clock.now(),
    )
    held_now = earlier.filter(state=State.PUBLISHED).first()
    if held_now is not None:
        Pair.objects.bulk_create(Pair(mapping=made, code=one.code, target=one.target) for one in held_now.pairs.all())
    audit.record(actor, "standards.mapping_drafted", made)
    return made


@transaction.atomic
def fill_mapping(mapping: Mapping, pairs: Map[str, str], *, actor: Actor) -> Mapping:
    """The pairs of the draft, own code → standard code ("" takes it out); others stay. Raises NotAllowed, BadDraft, WrongState."""
    policy.require(actor, "standards.draft", mapping)
    locked = _locked(mapping, State.DRAFT)
    own, target = queries.own_set(locked.own.code), queries.code_set(locked.target)
    for code, to in pairs.items():
        if own is None or code not in own.entries:
            raise BadDraft(f"本单位代码集“{locked.own}”没有代码“{code[:64]}”；请核对。")
        if to and to not in target.entries:
            raise BadDraft(f"标准代码集 {locked.target} 没有代码“{to[:64]}”（对照本单位代码“{code}”）；请填代码，不填名称。")
    locked.pairs.filter(code__in=list(pairs)).delete()
    Pair.objects.bulk_create(Pair(mapping=locked, code=code, target=to) for code, to in pairs.items() if to)
    audit.record(actor, "standards.mapping_filled", locked, detail={"pairs": len(pairs)})
    return locked


@transaction.atomic
def submit_mapping(mapping: Mapping, *, actor: Actor) -> Mapping:
    """The draft handed on to the bureau. Raises NotAllowed, BadDraft, WrongState."""
    policy.require(actor, "standards.draft", mapping)
    locked = _locked(mapping, State.DRAFT)
    if not locked.pairs.exists():
        raise BadDraft(f"“{locked}”还没有一条对照，不能提交。")
    locked.state, locked.submitted_by = State.REVIEWING, actor.key[:150]
    locked.save(update_fields=["state", "submitted_by"])
    audit.record(actor, "standards.mapping_submitted", locked)
    return locked


@transaction.atomic
def return_mapping(mapping: Mapping, *, actor: Actor, reason: str) -> Mapping:
    """The mapping a draft again. Raises NotAllowed, WrongState."""
    policy.require(actor, "standards.publish", mapping)
    locked = _locked(mapping, State.REVIEWING)
    locked.state = State.DRAFT
    locked.save(update_fields=["state"])
    audit.record(actor, "standards.mapping_returned", locked, basis=reason)
    return locked


@transaction.atomic
def publish_mapping(mapping: Mapping, *, actor: Actor, reason: str = "") -> Mapping:
    """The mapping in force, the one before replaced. Raises NotAllowed, and WrongState when it waits not or the actor handed it on."""
    policy.require(actor, "standards.publish", mapping)
    locked = _locked(mapping, State.REVIEWING)
    require_other(locked.submitted_by, actor)
    Mapping.objects.filter(own=locked.own_id, target=locked.target, state=State.PUBLISHED).update(state=State.REPLACED)
    locked.state, locked.published_by, locked.published_at = State.PUBLISHED, actor.key[:150], clock.now()
    locked.digest = rules.digest_of((code, to, "") for code, to in locked.pairs.order_by("code").values_list("code", "target"))
    locked.save(update_fields=["state", "published_by", "published_at", "digest"])
    audit.record(actor, "standards.mapping_published", locked, basis=reason, detail={"number": locked.number, "digest": locked.digest})
    transaction.on_commit(held.mark_stale)
    emit_on_commit(MappingPublished(locked.own.code, locked.target, locked.number))
    return locked


def _locked(mapping: Mapping, state: State) -> Mapping:
    """The mapping, locked, when it is in that state; its own set first, as all who write do."""
    Standard.objects.select_for_update().get(pk=mapping.own_id)
    locked = Mapping.objects.select_for_update(of=("self",)).select_related("own").filter(pk=mapping.pk).first()
    if locked is None or locked.state != state:
        where = locked.get_state_display() if locked else "已作废"
        raise WrongState(f"“{mapping}”现在是“{where}”，不能这样办；请重新打开页面看看。")
    return locked
