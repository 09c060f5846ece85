"""Writes of the systems register: a system registered or changed, entries put under it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from suixin.data.catalog import announcing, changing, following, generations, holding, versions
from suixin.data.catalog.actions import ResourceChanged
from suixin.data.catalog.errors import InvalidEntry
from suixin.data.catalog.models import (
    Change,
    InformationSystem,
    Network,
    Protection,
    Resource,
    ResourceState,
    SystemState,
)
from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit.actor import Actor, ActorKind

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,63}")
MAX_DATABASES, MAX_NAME = 20, 40
_COLUMNS = ("name", "operator", "protection", "databases", "network", "live_on", "state", "contact", "phone")


@dataclass(frozen=True, slots=True)
class SystemDraft:
    """What the register says of a system; `protection`, `network`, `state` by their keys."""

    code: str
    name: str
    operator: str = ""
    protection: str = Protection.NONE
    databases: tuple[str, ...] = ()
    network: str = Network.EXTRANET
    live_on: date | None = None
    state: str = SystemState.RUNNING
    contact: str = ""
    phone: str = ""


@transaction.atomic
def keep_system(draft: SystemDraft, organisation: Organisation, *, actor: Actor) -> InformationSystem:
    """The system of that code as the draft says, registered when it is new; entries that name it are under it.

    A system stays with the organisation that registered it. Raises NotAllowed, InvalidEntry.
    """
    policy.require(actor, "catalog.keep_system", organisation)
    if faults := faults_of(draft):
        raise InvalidEntry(f"信息系统“{draft.name}”没有保存：{'；'.join(faults)}。", faults=faults)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)  # two who register the same at once follow one another
    known = InformationSystem.objects.filter(code=draft.code).first()
    if known is not None and known.organisation_id != organisation.pk:
        raise InvalidEntry(f"系统编码“{draft.code}”已由{known.organisation.name}登记；请换一个编码。")
    other = InformationSystem.objects.filter(organisation=organisation, name=draft.name.strip()).exclude(code=draft.code).first()
    if other is not None:
        raise InvalidEntry(f"{organisation.name}已有名为“{other.name}”的系统（{other.code}）；请改名，或修改那一个。")
    before = known.name if known else ""
    system = known or InformationSystem(code=draft.code, organisation=organisation)
    for name in _COLUMNS:
        value = getattr(draft, name)
        setattr(system, name, list(value) if isinstance(value, tuple) else value.strip() if isinstance(value, str) else value)
    system.save()
    if before != system.name:
        holding.relate_named(filter(None, (system.code, system.name, before)))
    audit.record(actor, "catalog.system_kept", system, detail={"new": known is None})
    return system


@dataclass(frozen=True, slots=True)
class Held:
    """Entries that state the system now, and changes that were begun for those in force."""

    stated: list[Resource]
    begun: list[Change]


@transaction.atomic
def hold_resources(system: InformationSystem, resources: Iterable[Resource], *, actor: Actor, reason: str = "") -> Held:
    """The entries put under this system that were not before. Raises NotAllowed, and WrongState when a change is under way.

    What is in force changes by the procedure only: a change that states the system waits in the actor's inbox, to be
    confirmed by the department and reviewed. The installation itself, which loads what is in force elsewhere, states it at once.
    Source  国务院令第809号 art. 13, 17: a catalogue is confirmed by the department's head and reviewed before it is in force
    """
    policy.require(actor, "catalog.keep_system", system)
    wanted = Resource.objects.filter(pk__in=[one.pk for one in resources]).exclude(state=ResourceState.WITHDRAWN)
    for entry in wanted.select_related("provider"):
        policy.require(actor, "catalog.propose", entry)
    generations.advance()
    held = Held([], [])
    for entry in wanted.select_for_update(of=("self",)).select_related("provider", "source_department").order_by("pk"):
        if system.holdings.filter(resource=entry).exists():
            continue
        if entry.state == ResourceState.PUBLISHED and actor.kind != ActorKind.SYSTEM:
            held.begun.append(_begun(system, entry, actor, reason))
        else:
            _state(system, entry, actor, reason)
            held.stated.append(entry)
    return held


def _begun(system: InformationSystem, entry: Resource, actor: Actor, reason: str) -> Change:
    change = changing.begin_change(entry, actor=actor, reason="，".join(filter(None, (f"所属系统：{system.name}", reason))))
    return changing.revise_change(change, actor=actor, metadata={"extension": holding.with_system(entry, system)})


def _state(system: InformationSystem, entry: Resource, actor: Actor, reason: str) -> None:
    entry.extension = holding.with_system(entry, system)
    entry.save(update_fields=["extension", "updated_at"])
    following.follow(entry)
    if entry.state == ResourceState.PUBLISHED:
        generations.advance()  # each event has a number of its own
        announcing.changed(entry, versions.record(entry, actor=actor, reason=f"所属系统：{system.name}"))
        events.emit_on_commit(ResourceChanged(entry.pk))
    audit.record(actor, "catalog.system_named", entry, basis=reason, detail={"system": system.code})


def faults_of(draft: SystemDraft) -> list[str]:
    """Sentences on what forbids the system to be registered; empty when it may."""
    faults = []
    if not CODE.fullmatch(draft.code):
        faults.append(f"系统编码“{draft.code[:40]}”应为 2 到 64 位字母、数字、下划线或短横线")
    if not 0 < len(draft.name.strip()) <= 200 or "；" in draft.name or ";" in draft.name or "、" in draft.name:
        faults.append("系统名称应为 1 到 200 个字，不含分号和顿号")
    for word, value, choices in (
        ("等保级别", draft.protection, Protection), ("所在网络", draft.network, Network), ("状态", draft.state, SystemState),
    ):
        if value not in choices.values:
            faults.append(f"{word}没有“{value[:20]}”；可选 {'、'.join(map(str, choices.labels))}")
    if len(draft.databases) > MAX_DATABASES or any(not 0 < len(one) <= MAX_NAME for one in draft.databases):
        faults.append(f"数据库类型最多 {MAX_DATABASES} 种，每种不超过 {MAX_NAME} 个字")
    return faults
