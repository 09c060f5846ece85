"""From a slug or a table in an address to the resource behind it.

Opening knows slugs and stands above the doors: it registers its finder here (wired in `site/wiring.py`).
Without one (tests, a node that only serves departments) a slug is the name of a table.
"""

from collections.abc import Callable

from django.db.models import Q

from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.doors.errors import UnknownAddress
from suixin.kit.actor import PUBLIC, Actor, ActorKind

SlugFinder = Callable[[str], Resource | None]
_finders: list[SlugFinder] = []


def register_slug_finder(finder: SlugFinder) -> None:
    """Let `finder` say which resource a dataset's slug stands for; the last registered one counts."""
    _finders[:] = [finder]


def resource_of_slug(slug: str, actor: Actor = PUBLIC) -> Resource:
    """The resource of an open dataset; who is not the public may also name a table that is not open. Raises UnknownAddress."""
    resource = _finders[0](slug) if _finders else Resource.objects.filter(table=slug).first()
    if resource is None and actor.kind is not ActorKind.PUBLIC:
        resource = Resource.objects.select_related("provider").filter(table=slug.replace("-", "_")).first()
    if resource is None or resource.state != ResourceState.PUBLISHED:
        raise UnknownAddress(f"没有已开放的数据集「{slug[:80]}」；请从数据目录中查找。")
    return resource


def resource_of_name(name: str) -> Resource:
    """The resource of that table name or code. Raises UnknownAddress."""
    resource = Resource.objects.select_related("provider").filter(Q(table=name) | Q(code=name)).first()
    if resource is None:
        raise UnknownAddress(f"没有资源「{name[:80]}」；请核对资源标识。")
    return resource
