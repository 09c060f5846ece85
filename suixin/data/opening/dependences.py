"""What a dataset uses of entries, told to the catalogue: each of its tables as a whole, for everybody to see."""

from suixin.data.catalog import dependences
from suixin.data.catalog.models import Use
from suixin.data.opening.models import Dataset

KIND = "opening.dataset"


def declare_use(dataset: Dataset) -> None:
    """The dataset's tables as uses of their entries; part of the caller's transaction."""
    tables = [one.resource for one in dataset.distributions.select_related("resource__provider")]
    responsible = tables[0].provider if tables else None
    by = dependences.By(KIND, dataset.slug, f"开放数据集：{dataset.title}", responsible, is_public=True)
    dependences.declare(by, [(table, "", Use.SHOWN) for table in tables])


def forget_use(dataset: Dataset) -> None:
    """The dataset uses nothing any more."""
    dependences.withdraw(KIND, dataset.slug)
