"""Datasets that may be asked for as a whole: groups of tables that are shared, of one provider; what pages tell of shares of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext

from suixin.data.access.models import GrantState
from suixin.data.catalog.models import ResourceGroup, ResourceState
from suixin.data.sharing import rules
from suixin.data.sharing.models import Share
from suixin.kit.actor import Actor

SHOWN = 20


@dataclass(frozen=True, slots=True)
class PickedDataset:
    """One dataset that may be picked."""

    slug: str
    title: str
    provider: str
    tables: int


def pick_datasets(words: str, *, actor: Actor) -> Sequence[PickedDataset]:
    """Datasets of other departments by words of their title; those of several providers are asked for table by table."""
    shared = Q(resources__state=ResourceState.PUBLISHED) & ~Q(resources__share_type=rules.WITHHELD)
    found = ResourceGroup.objects.annotate(
        tables=Count("resources", filter=shared, distinct=True), providers=Count("resources__provider", filter=shared, distinct=True),
    ).filter(tables__gt=0, providers=1)
    if words:
        found = found.filter(title__icontains=words)
    rows = found.exclude(resources__provider__uscc=actor.organisation).order_by("title")[:SHOWN]
    return [PickedDataset(one.slug, one.title, str(one.provider or ""), one.tables) for one in rows]


def receipts_fact(*, is_receipted: bool) -> tuple[str, str]:
    """That every exchange leaves a receipt, when it does."""
    return gettext("回执"), gettext("每次交换都留签名的回执") if is_receipted else ""


def tables_fact(share: Share) -> tuple[str, str]:
    """The tables that a share of a whole dataset opens now."""
    if share.dataset is None or share.grant.dataset is None:
        return gettext("数据集的表"), ""
    grants = share.grant.dataset.grants.exclude(state=GrantState.REVOKED).select_related("resource").order_by("resource__title")
    return gettext("数据集的表"), "、".join(f"{one.resource.title}（{one.resource.table}）" for one in grants[:SHOWN])
