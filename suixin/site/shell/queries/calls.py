"""How a resource is called at the gateway: addresses, sample code with the reader's own applications, a call tried as the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from suixin.data.access.values import text_of
from suixin.data.catalog.errors import NoSample
from suixin.data.catalog.generators import sample_rows
from suixin.data.catalog.models import Resource
from suixin.data.doors.gateway import sampling
from suixin.data.doors.proxies.models import Proxy, ProxyState
from suixin.ground.people.models import Application
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.site.shell.queries.catalogue import entity_by

MOST_APPLICATIONS = 50
YOUR_APP = "YOUR-APP-ID"


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface with its sample in every language."""

    action: str
    title: str
    address: str
    told: str
    samples: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CallsPage:
    """What the page shows."""

    resource: Resource
    interfaces: Sequence[Interface]
    applications: Sequence[tuple[str, str]]
    app_id: str
    has_key: bool
    has_proxy: bool


def calls_page(table: str, *, actor: Actor, host: str, app_id: str = "") -> CallsPage:
    """The interfaces of one resource. Raises UnknownResource, NotAllowed."""
    resource = entity_by(table, actor=actor)
    own = Application.objects.filter(organisation__uscc=actor.organisation, is_active=True).order_by("name")[:MOST_APPLICATIONS]
    applications = [(one.app_id, one.name) for one in own] if policy.may_anywhere(actor, "people.view_application") else []
    chosen = app_id if app_id in {one for one, _ in applications} else applications[0][0] if applications else YOUR_APP
    contract = resource.contract
    has_proxy = Proxy.objects.filter(resource=resource, state=ProxyState.ACTIVE).exists()
    interfaces = [
        Interface(action, title, f"POST /gateway/{table}/{action}", told, [
            (language, sampling.code(language, sampling.Sampled(host, table, action, chosen, body))) for language in sampling.LANGUAGES
        ])
        for action, title, told, body in _interfaces(resource)
    ]
    return CallsPage(resource, interfaces, applications, chosen, bool(contract.key), has_proxy)


def _interfaces(resource: Resource) -> list[tuple[str, str, str, Mapping[str, object]]]:
    contract, sample = resource.contract, _sample(resource)
    key = {field: sample[field] for field in contract.key}
    others = [item.field for item in contract.items if not item.is_key][:1]
    plain = next((item.field for item in contract.items if not item.is_sealed), "")
    made: list[tuple[str, str, str, Mapping[str, object]]] = []
    if key:
        told = gettext("按主键查询，一次最多 10,000 个；按授权给出列，脱敏的列带 *。")
        made.append(("lookup", gettext("查询"), told, {"keys": [key]}))
    if key and others:
        told = gettext("只回答 一致、不一致 或 查无，不给出数据；一次最多 100,000 行。")
        made.append(("verify", gettext("核验"), told, {"items": others, "rows": [key | {others[0]: sample[others[0]]}]}))
    if plain:
        made.append(("rows", gettext("取行"), gettext("按条件取行，一页一页地取。"), {f"{plain}__isnotnull": None, "page_size": 20}))
        made.append(("aggregate", gettext("统计"), gettext("分组统计；行数太少的组不给出。"), {f"{plain}__count": None}))
    return made


def _sample(resource: Resource) -> Mapping[str, str]:
    """Invented values of the items, as text."""
    try:
        made = sample_rows.rows(resource.contract, 1)
    except NoSample:
        made = []
    values = made[0] if made else {}
    return {item.field: text_of(values.get(item.field)) or "…" for item in resource.contract.items}
