"""What speaks against an entry before it is handed on, said by modules that stand above the catalogue (site/wiring.py).

Use      a module registers a check; it is asked of a proposal with all its items, of a change with the new ones only
Bypass   what the system loads is not asked: who runs it answers for it
"""

from collections.abc import Callable, Collection, Sequence

from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.errors import Objected
from suixin.data.catalog.models import Resource

# entry, its items as they shall be, fields of those that are asked about → sentences
Check = Callable[[Resource, Sequence[ItemSpec], Collection[str]], list[str]]
checks: list[Check] = []


def register_check(check: Check) -> None:
    """Let handing on ask this too."""
    if check not in checks:
        checks.append(check)


def objections_to(resource: Resource, items: Sequence[ItemSpec], fields: Collection[str] | None = None) -> list[str]:
    """Sentences on what speaks against these items of the entry; empty when nothing does. `fields` None: all of them."""
    asked = {item.field for item in items} if fields is None else fields
    return [sentence for check in checks for sentence in check(resource, items, asked)] if asked else []


def require_none(resource: Resource) -> None:
    """Nothing, when nothing speaks against the entry as it stands. Raises Objected."""
    found = objections_to(resource, resource.contract.items)
    if found:
        raise Objected(f"目录“{resource.title}”还不能提交审核：{'；'.join(found)}。", faults=found)
