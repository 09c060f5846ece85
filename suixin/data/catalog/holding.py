"""Which system holds which resource: stated by the entry (所属系统: codes or names, parted by ；), kept as rows to be counted."""

import re
from collections.abc import Iterable, Sequence

from django.db.models import Q

from suixin.data.catalog.models import Holding, InformationSystem, Resource

PROFILE, KEY = "general", "system"
_PARTS = re.compile(r"[；;、\n]")


def stated(resource: Resource) -> list[str]:
    """The systems that the entry names, as it names them."""
    group = resource.extension.get(PROFILE) if isinstance(resource.extension, dict) else None
    text = group.get(KEY, "") if isinstance(group, dict) else ""
    return [part.strip() for part in _PARTS.split(str(text)) if part.strip()]


def relate(resource: Resource) -> None:
    """Rows for the registered systems that the entry names, no others; part of the action that changed it."""
    names = stated(resource)
    found = list(InformationSystem.objects.filter(Q(code__in=names) | Q(name__in=names))) if names else []
    _keep(resource, _meant(resource, names, found))


def relate_named(names: Iterable[str]) -> int:
    """How many entries name one of these (a system came, or is called otherwise); their rows are written anew."""
    wanted = Q(pk__in=[])
    for name in names:
        wanted |= Q(**{f"extension__{PROFILE}__{KEY}__icontains": name})
    entries = list(Resource.objects.filter(wanted))
    for entry in entries:
        relate(entry)
    return len(entries)


def with_system(resource: Resource, system: InformationSystem) -> dict[str, object]:
    """The entry's extension naming that system as well, by its code where another system is called the same."""
    names = [name for name in stated(resource) if name not in (system.code, system.name)]
    group = dict(resource.extension.get(PROFILE) or {})
    is_alone = not InformationSystem.objects.filter(name=system.name).exclude(pk=system.pk).exists()
    return {**resource.extension, PROFILE: {**group, KEY: "；".join([*names, system.name if is_alone else system.code])}}


def _meant(resource: Resource, names: Sequence[str], found: Sequence[InformationSystem]) -> set[int]:
    """By code; by name the provider's own, else whichever system alone is called so."""
    meant: set[int] = set()
    for name in names:
        named = [one for one in found if one.name == name]
        own = [one for one in named if one.organisation_id == resource.provider_id]
        coded = [one for one in found if one.code == name]
        meant.update(one.pk for one in (coded or own or (named if len(named) == 1 else [])))
    return meant


def _keep(resource: Resource, systems: set[int]) -> None:
    held = dict(Holding.objects.filter(resource=resource).values_list("system_id", "pk"))
    gone = [pk for system, pk in held.items() if system not in systems]
    if gone:
        Holding.objects.filter(pk__in=gone).delete()
    Holding.objects.bulk_create(Holding(resource=resource, system_id=pk) for pk in sorted(systems - held.keys()))
