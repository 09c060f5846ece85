"""Sub-bureaus of districts and parks as the portal shows them: each under its own name, with its own datasets."""

from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.errors import NotFound


def bureau_by(slug: str) -> Organisation:
    """The bureau of that slug that exists today and has a name on pages. Raises NotFound."""
    found = Organisation.objects.in_force(clock.today()).filter(slug=slug, is_bureau=True).exclude(public_name="").first()
    if found is None:
        raise NotFound(f"没有开放专区“{slug[:60]}”；请从首页的开放数据进入。")
    return found


def bureaus() -> list[Organisation]:
    """Sub-bureaus that have a page of their own, in the order of the tree; the city's own is the portal itself."""
    found = Organisation.objects.in_force(clock.today()).filter(is_bureau=True, parent__parent__isnull=False)
    return list(found.exclude(public_name="").order_by("division_code", "pk"))


def lineage_of(bureau: Organisation) -> str:
    """Lineage of the government that the bureau serves: its datasets are those of everybody below."""
    head = bureau.path.index(bureau.jurisdiction)
    return "".join(f"{code}/" for code in bureau.path[: head + 1])
