"""One question to everything that the public may find: themes, guides, datasets, some of each with the way to all."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from suixin.site.shell.queries.cards import DatasetCard
from suixin.site.shell.queries.datasets import dataset_list
from suixin.site.shell.queries.guides import GuideLine, guide_list
from suixin.site.shell.queries.themes import ThemeCard, theme_list

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Everything:
    """What was found; `total` of guides and datasets, and where all of them are."""

    words: str
    themes: Sequence[ThemeCard]
    guides: Sequence[GuideLine]
    guides_total: int
    guides_href: str
    datasets: Sequence[DatasetCard]
    datasets_total: int
    datasets_href: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.themes or self.guides or self.datasets)


def everything(parameters: QueryDict) -> Everything:
    """What is found under `q`; nothing without words."""
    words = parameters.get("q", "").strip()[:200]
    asked = QueryDict(urlencode({"q": words}))
    if not words:
        return Everything("", (), (), 0, reverse("guides"), (), 0, reverse("dataset-list"))
    guides, datasets = guide_list(asked), dataset_list(asked)
    return Everything(
        words, theme_list(asked).cards[:SHOWN], guides.lines[:SHOWN], guides.pages.total, f"{reverse('guides')}?{asked.urlencode()}",
        datasets.cards[:SHOWN], datasets.pages.total, f"{reverse('dataset-list')}?{asked.urlencode()}",
    )
