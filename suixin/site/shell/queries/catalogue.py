"""What the page of one entry of the public catalogue shows: open or not, why not, and how to ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import OpenType, Resource, ResourceState
from suixin.data.catalog.queries import resource_by
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.queries.cards import cycle_name
from suixin.site.shell.queries.tables import level_cell
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import mask, word

_RELATED = ("provider", "source_department", "superseded_by", "distribution__dataset")


@dataclass(frozen=True, slots=True)
class OpenStanding:
    """Whether everybody may read the data; if not, why, what is protected, how to ask. `dataset_href` is empty when closed."""

    dataset_href: str
    reasons: Sequence[str]
    protected: Table
    gateway: str


def entity_by(table: str, *, actor: Actor) -> Resource:
    """The entry of that table or code for its page in the console. Raises UnknownResource, NotAllowed."""
    resource = Resource.objects.select_related(*_RELATED).filter(table=table).first() or resource_by(table)
    policy.require(actor, "catalog.view", resource)
    return resource


def published_entry(table: str) -> Resource:
    """One published entry, with what its page reads of other tables. Raises NotFound, which does not tell whether there is one."""
    resource = Resource.objects.select_related(*_RELATED).filter(table=table).first()
    if resource is not None and resource.state == ResourceState.WITHDRAWN and resource.publish_date is not None:
        raise NotFound(_withdrawn(resource))
    if resource is None or resource.state != ResourceState.PUBLISHED:
        raise NotFound(f"目录中没有“{table}”，或它没有发布、已撤销；请到 /catalogue 查看已发布的目录。")
    return resource


def _withdrawn(resource: Resource) -> str:
    """What became of an entry that everybody could see once."""
    successor = resource.superseded_by
    if successor is not None and successor.state == ResourceState.PUBLISHED:
        return f"目录“{resource.title}”已撤销，由“{successor.title}”取代；请看 /catalogue/{successor.table}。"
    return f"目录“{resource.title}”已撤销；请到 /catalogue 查看已发布的目录。"


def standing_of(resource: Resource, contract: Contract) -> OpenStanding:
    """Whether the entry is open, and what to say where it is not."""
    gateway = f"/gateway/{resource.table}/lookup" if resource.has_lookup else ""
    return OpenStanding(dataset_href(resource), _reasons(resource), _protected(contract), gateway)


def dataset_href(resource: Resource) -> str:
    """Where the resource is open; empty when it is not."""
    distribution = getattr(resource, "distribution", None)
    if distribution is None or distribution.dataset.state != "published":
        return ""
    return reverse("dataset", args=[distribution.dataset.slug])


def _reasons(resource: Resource) -> list[str]:
    """Why the resource is not open: its level, its owner's decision, the condition; one sentence each."""
    level = level_cell(resource.level).text
    reasons = [gettext("数据分级为 %(level)s；只有 L1 一级的数据可以向社会开放。") % {"level": level}] if resource.level > 1 else []
    if resource.open_type != OpenType.UNCONDITIONAL:
        reasons.append(gettext("提供单位确定的开放类型是“%(type)s”。") % {"type": word(resource.get_open_type_display())})
    if resource.open_condition:
        reasons.append(gettext("开放条件：%(text)s") % {"text": resource.open_condition})
    return reasons or [gettext("目录已发布，数据还没有开放。")]


def _protected(contract: Contract) -> Table:
    """Items above level 1 or masked, with their masks."""
    columns = (Column(gettext("信息项")), Column(gettext("分级")), Column(gettext("共享时")))
    rows = [
        (Cell(item.name), level_cell(int(item.level)), Cell(mask(item.mask) if item.mask else gettext("按授权提供")))
        for item in contract.items if item.mask or int(item.level) > 1
    ]
    return Table(gettext("需要保护的信息项"), columns, rows)


def facts_of_entry(resource: Resource) -> list[tuple[str, str]]:
    """What everybody may know of the entry beside its items."""
    return [
        (gettext("信息资源代码"), resource.code), (gettext("提供单位"), resource.provider.name),
        (gettext("提供单位代码"), resource.provider.uscc), (gettext("主题"), word(resource.theme)),
        (gettext("数据分类"), resource.data_class), (gettext("更新周期"), cycle_name(resource.update_cycle) or word("不定期")),
        (gettext("共享类型"), word(resource.get_share_type_display())), (gettext("共享条件"), resource.share_condition),
        (gettext("开放类型"), word(resource.get_open_type_display())), (gettext("开放条件"), resource.open_condition),
        (gettext("发布日期"), moment(resource.publish_date)), (gettext("来源与许可"), resource.source_note),
    ]
