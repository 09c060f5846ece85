"""A dataset in a list: the lines of its card."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from suixin.data.catalog.models import UpdateCycle
from suixin.data.lake.models import Batch
from suixin.data.opening.models import Dataset, Distribution
from suixin.ground.search.asking import Question, question
from suixin.ground.search.marking import Piece, pieces
from suixin.kit import clock
from suixin.site.shell.words import word


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """What a list says of one dataset, what was searched for marked in the pieces.

    `score` is None when its newest batch was not scored; `tables`: of a group, else 1.
    """

    title: str
    href: str
    abstract: str
    provider: str
    theme: str
    tables: int
    rows: int | None
    cycle: str
    updated: str
    score: float | None
    formats: tuple[str, ...]
    is_simulated: bool
    title_pieces: Sequence[Piece]
    abstract_pieces: Sequence[Piece]


def cards_of(datasets: Iterable[Dataset], words: str = "") -> list[DatasetCard]:
    """Cards in the order of the datasets; one query for all their scores, one for the sizes of groups."""
    shown = list(datasets)
    scores = _scores([dataset.pk for dataset in shown])
    groups = [dataset.pk for dataset in shown if dataset.group_id]
    tables = Counter(Distribution.objects.filter(dataset__in=groups).values_list("dataset", flat=True)) if groups else Counter()
    asked = question(words)
    return [_card(dataset, scores.get(dataset.pk), tables.get(dataset.pk, 1), asked=asked) for dataset in shown]


def total_score(scores: object) -> float | None:
    """The total of a batch's scores as stored, None when it has none."""
    total = scores.get("total") if isinstance(scores, dict) else None
    return float(total) if isinstance(total, int | float) else None


def cycle_name(code: str) -> str:
    """Name of an update cycle in the reader's language; empty for an irregular one."""
    return "" if code == UpdateCycle.OTHER else word(dict(UpdateCycle.choices).get(code, ""))


def _card(dataset: Dataset, score: float | None, tables: int, *, asked: Question) -> DatasetCard:
    return DatasetCard(
        title=dataset.title, href=reverse("dataset", args=[dataset.slug]), abstract=dataset.description,
        provider=dataset.provider_name, theme=word(dataset.theme), tables=tables, rows=dataset.rows,
        cycle=cycle_name(dataset.update_cycle),
        updated=dataset.updated_at.astimezone(clock.CHINA).strftime("%Y-%m-%d"), score=score,
        formats=tuple(name.upper() for name in dataset.formats), is_simulated=dataset.is_simulated,
        title_pieces=pieces(dataset.title, asked), abstract_pieces=pieces(dataset.description, asked),
    )


def _scores(datasets: list[int]) -> dict[int, float]:
    batches = (
        Batch.objects.landed().filter(resource__distribution__dataset__in=datasets)
        .order_by("id").values_list("resource__distribution__dataset", "scores")
    )
    found = ((dataset, total_score(scores)) for dataset, scores in batches)
    return {dataset: score for dataset, score in found if score is not None}
