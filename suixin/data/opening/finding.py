"""How datasets are found: what the index knows of each, put there in the transaction of every change of the dataset."""

from collections.abc import Iterator, Sequence

from suixin.data.catalog.models import Item, Resource
from suixin.data.opening.models import Dataset, DatasetState
from suixin.ground.search import actions as search
from suixin.ground.search.engines import Scope
from suixin.ground.search.registry import Entry, Kind

KIND = "dataset"
PUBLIC = Scope(KIND)


def index(dataset: Dataset) -> None:
    """The dataset found as it stands now, or no more; part of the action that changed it."""
    if dataset.state == DatasetState.PUBLISHED:
        search.put(entry_of(dataset))
    else:
        search.drop(KIND, dataset.slug)


def entry_of(dataset: Dataset) -> Entry:
    """What a dataset is found by: title, items and titles of its tables, keywords, provider, abstract, formats."""
    tables = Resource.objects.filter(distribution__dataset=dataset).order_by("distribution__position")
    items = list(dict.fromkeys(Item.objects.filter(resource__in=tables).order_by("resource", "position").values_list("name", flat=True)))
    named = [name for pair in tables.values_list("title", "table") for name in pair]
    return Entry(
        KIND, dataset.slug, dataset.title, url=f"/dataset/{dataset.slug}", department=dataset.provider_name,
        items=[*items, *dataset.keywords, dataset.theme, *named, *dataset.formats], abstract=dataset.description, is_public=True,
    )


def _keys() -> list[str]:
    return list(Dataset.objects.filter(state=DatasetState.PUBLISHED).order_by("pk").values_list("slug", flat=True))


def _entries(keys: Sequence[str]) -> Iterator[Entry]:
    return (entry_of(dataset) for dataset in Dataset.objects.filter(slug__in=keys, state=DatasetState.PUBLISHED))


DATASETS = Kind(KIND, "开放数据集", _keys, _entries)
