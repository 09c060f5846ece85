"""What is generated from an entry's contract, with the facts that only the whole site knows: its dataset, its address."""

from suixin.data.catalog.generators.artefacts import ARTEFACTS, Artefact
from suixin.data.catalog.generators.facts import Doors, Facts
from suixin.data.catalog.models import Resource
from suixin.kit.errors import NotFound


def artefact(name: str) -> Artefact:
    """The artefact of that name. Raises NotFound."""
    found = ARTEFACTS.get(name)
    if found is None:
        raise NotFound(f"没有“{name[:60]}”这种生成物；可以生成 {'、'.join(ARTEFACTS)}。")
    return found


def facts_of(resource: Resource) -> Facts:
    """What documents say of the entry."""
    return Facts(
        provider=resource.provider.name, abstract=resource.abstract, update_cycle=str(resource.get_update_cycle_display()),
        share_type=str(resource.get_share_type_display()), open_type=str(resource.get_open_type_display()),
        is_simulated=resource.is_simulated,
    )


def doors_of(resource: Resource, *, server: str = "") -> Doors:
    """The interfaces that the entry has now."""
    distribution = getattr(resource, "distribution", None)
    is_open = distribution is not None and distribution.dataset.state == "published"
    return Doors(distribution.dataset.slug if is_open else "", resource.has_lookup, server)  # type: ignore[union-attr]  # is_open looked


def generated(resource: Resource, made: Artefact, *, server: str = "") -> bytes:
    """The bytes of one artefact. Raises NoSample, and NotFound for a code set that is gone."""
    return made.make(resource.contract, facts_of(resource), doors_of(resource, server=server))
