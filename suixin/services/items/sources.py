"""What questions of an item's form are filled in from: one item of a resource, found by a number that the sign-in proves.

Declared  in the row of the question: `source_resource`, `source_item`, `source_by` (`tables.SOUGHT_BY`); all three or none
Known     publishing asks that resource and item are there and that the resource has one key, which is that number
Granted   is not asked here: without a grant the question is put as any other, with one it is filled in (`cases.prefilling`)
Used      a version in force is on record as a user of the item (`catalog.Dependence`), so that impact finds it
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Q

from suixin.data.catalog import dependences
from suixin.data.catalog.dependences import By
from suixin.data.catalog.models import Resource, ResourceState, Use
from suixin.services.items.errors import IncompleteItem
from suixin.services.items.models import Item, ItemState, ItemVersion
from suixin.services.items.stated import rows_of, text_of

KIND = "items.item"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the value of a question stands: `number` of the question from 1, table or code of the resource, its item, by what."""

    number: int
    question: str
    resource: str
    item: str
    by: str


def sources_of(content: Mapping[str, object]) -> list[Source]:
    """The questions that are filled in beforehand, where a grant lets them be."""
    found = []
    for number, row in enumerate(rows_of(content, "asks"), 1):
        told = [text_of(row, key) for key in ("source_resource", "source_item", "source_by")]
        if all(told):
            found.append(Source(number, text_of(row, "ask_text") or text_of(row, "ask_name"), *told))
    return found


def resource_of(source: Source) -> Resource | None:
    """The resource in force that the question names."""
    rows = Resource.objects.select_related("provider").filter(state=ResourceState.PUBLISHED)
    return rows.filter(Q(table=source.resource) | Q(code=source.resource)).first()


def require_known(content: Mapping[str, object]) -> None:
    """Nothing, when every source is there. Raises IncompleteItem, naming the question, and what to do."""
    faults = list(faults_of(sources_of(content)))
    if faults:
        raise IncompleteItem(f"没有发布：{'；'.join(faults)}。", elements=["asks"])


def declare_uses(item: Item, version: ItemVersion) -> None:
    """The version's sources as uses of their items; none of what is withdrawn. Part of the caller's transaction."""
    if version.state == ItemState.WITHDRAWN:
        dependences.withdraw(KIND, item.code)
        return
    declare(By(KIND, item.code, f"政务服务事项预填：{item.title}", item.organisation), sources_of(version.content))


def declare(by: By, sources: Iterable[Source]) -> None:
    """These sources as uses of their items by that thing, and no others. Part of the caller's transaction."""
    used = set()
    for source in sources:
        resource = resource_of(source)
        found = resource.contract.item(source.item) if resource is not None else None
        if resource is not None and found is not None:
            used.add((resource, found.field, Use.SHOWN))
    dependences.declare(by, used)


def faults_of(sources: Iterable[Source]) -> Iterator[str]:
    """What is wrong with each, naming the question, and what to do; without the full stop."""
    for source in sources:
        resource = resource_of(source)
        if resource is None:
            yield f"问题“{source.question}”的预填来源“{source.resource}”不在目录里或未发布；请填已发布资源的标识"
            continue
        contract = resource.contract
        if contract.item(source.item) is None:
            yield f"问题“{source.question}”的预填来源“{resource.title}”没有信息项“{source.item}”；请对照目录改正"
        elif len(contract.key) != 1:
            yield f"问题“{source.question}”的预填来源“{resource.title}”不是以一个号码为主键，查不到申请人的那一行；请换一个资源"
