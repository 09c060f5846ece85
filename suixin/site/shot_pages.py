"""Every page worth a picture: the portal as anybody sees it, each page of the console as the demo's account it is made for.

Promise  an address of the console stands in CONSOLE, in DETAILS, or in WITHOUT with the reason; a test holds it
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse

Arguments = dict[str, object]


@dataclass(frozen=True, slots=True)
class Shot:
    """One page to be looked at; `account` is who must sign in, "" for anybody."""

    name: str
    path: str
    account: str = ""


# pages that need no parameter: name of the address → account
CONSOLE = {
    "console-quality": "officer", "console-reports": "officer", "console-doubts": "officer", "console-rule-library": "officer",
    "console-home": "review", "console-cases": "officer", "console-started": "clerk", "console-late": "supervision",
    "console-league": "mayor", "console-delegations": "head", "console-account": "clerk", "console-account-password": "clerk",
    "console-account-totp": "clerk", "console-account-passkey": "clerk", "console-account-tokens": "clerk",
    "console-account-notices": "clerk", "console-notices": "clerk", "console-outbox": "operator",
    "console-resources": "officer", "console-orders": "officer", "console-order-new": "officer", "console-upload": "clerk",
    "console-procedures": "officer", "console-procedure-new": "officer", "console-calendar": "officer",
    "console-jobs": "operator", "console-settings": "operator", "console-compliance": "auditor", "console-health": "operator",
    "console-grants": "officer", "console-grant-new": "officer", "console-applications": "sharing",
    "console-exchange": "officer", "console-exchange-tables": "officer", "console-exchange-subscriptions": "officer",
    "console-exchange-files": "officer", "console-exchange-file-new": "officer",
    "console-exchange-proxies": "officer", "console-exchange-recipients": "officer", "console-exchange-receipts": "officer",
    "console-exchange-table-new": "officer", "console-exchange-receiver-new": "officer", "console-exchange-subscription-new": "officer",
    "console-exchange-proxy-new": "officer",
    "console-cascade": "officer", "console-cascade-joining": "officer",
    "console-application-new": "sharing", "console-keys": "security", "console-audit": "auditor",
    "console-audit-mine": "clerk", "console-access": "officer", "console-forms": "officer", "console-form-drafts": "officer",
    "console-people": "administrator", "console-person-new": "administrator", "console-people-import": "administrator",
    "console-organisations": "administrator", "console-organisation-new": "administrator", "console-roles": "administrator",
    "console-resource-new": "clerk", "console-catalogue-exchange": "clerk",
    "console-catalogue-lists": "officer",
    "console-demands": "officer", "console-demand-new": "clerk", "console-demand-file": "clerk", "console-systems": "officer",
    "console-system-new": "clerk", "console-sources": "officer",
    "console-sharing": "clerk", "console-sharing-board": "officer", "console-sharing-traffic": "officer",
    "console-sharing-supply": "sharing", "console-sharing-violations": "supervision", "console-sharing-pick": "outsider",
    "console-duplicates": "officer", "console-destructions": "officer", "console-destruction-new": "clerk",
    "console-standards": "officer", "console-code-set-new": "officer", "console-mappings": "officer",
    "console-data-sources": "officer", "console-data-source-new": "officer",
    "console-service-cases": "officer", "console-matters": "officer", "console-case-board": "supervision", "console-case-money": "clerk",
    "console-case-untold": "clerk", "console-reception": "reception",
    "console-items": "officer", "console-item-new": "clerk", "console-items-exchange": "officer",
    "console-themes": "officer", "console-theme-new": "clerk", "console-theme-bank": "officer",
}


def pages() -> list[Shot]:
    """Every page, with real datasets, resources, cases and people of this installation."""
    console = [Shot(name.removeprefix("console-"), reverse(name), account) for name, account in CONSOLE.items()]
    return [*_portal(), *console, *_details()]


def _portal() -> Iterator[Shot]:
    from suixin.data.catalog.models import Resource
    from suixin.data.insight.models import Indicator
    from suixin.data.opening.models import Dataset
    from suixin.ground.people.models import Organisation
    from suixin.services.items.models import Item

    for name, path in (
        ("portal", "/"), ("datasets", "/datasets"), ("datasets-none", "/datasets?q=没有这样的词"), ("catalogue", "/catalogue"),
        ("guides", "/guides/"), ("guides-found", "/guides/?q=开餐馆"), ("search", "/search?q=餐馆"), ("themes", "/themes/"),
        ("theme-restaurant", "/themes/restaurant/"), ("theme-told", "/themes/restaurant/?q1=1&q2=2&q3=yes&q4=yes&q5=yes"),
        ("theme-print", "/themes/newborn/print?q1=yes&q2=yes&q3=yes"),
        ("developers", "/api"), ("help", "/help"), ("missing", "/nothing-here"), ("login", "/console/login/"),
        ("resident-login", "/login/"),
    ):
        yield Shot(name, path)
    for dataset in Dataset.objects.published()[:8]:
        yield Shot(f"dataset-{dataset.slug}", reverse("dataset", args=[dataset.slug]))
    for entry in Resource.objects.published().filter(distribution__isnull=True)[:2]:
        yield Shot(f"entry-{entry.table}", reverse("catalogue-entry", args=[entry.table]))
    for indicator in Indicator.objects.all()[:3]:
        yield Shot(f"indicator-{indicator.slug}", reverse("indicator", args=[indicator.slug]))
    for item in Item.objects.filter(title__in=("食品经营许可", "义务教育新生入学登记", "烟花爆竹经营（零售）许可")).exclude(tier="basic"):
        yield Shot(f"guide-{item.code}", reverse("guide", args=[item.code]))
        yield Shot(f"guide-print-{item.code}", reverse("guide-print", args=[item.code]))
    for bureau in Organisation.objects.filter(is_bureau=True).exclude(public_name="")[:1]:
        yield Shot(f"bureau-{bureau.slug}", reverse("bureau", args=[bureau.slug]))


def _details() -> Iterator[Shot]:
    for name, (account, found) in DETAILS.items():
        for number, arguments in enumerate(found()):
            yield Shot(f"{name.removeprefix('console-')}-{number}", reverse(name, kwargs=arguments), account)


def _steps() -> Iterator[Arguments]:
    from suixin.ground.flow.models import ACTIVE, Step
    from suixin.ground.people.models import Organisation

    ours = Organisation.objects.filter(posts__account__username="review")
    for step in Step.objects.filter(status__in=ACTIVE, organisation__in=ours)[:2]:
        yield {"uuid": step.uuid}


def _cases() -> Iterator[Arguments]:
    from suixin.ground.flow.models import Instance, SegmentKind

    stopped = Instance.objects.filter(segments__kind=SegmentKind.SUPPLEMENT).first()
    done = Instance.objects.exclude(finished_at=None).first()
    for instance in (stopped, done):
        if instance is not None:
            yield {"uuid": instance.uuid}


def _orders() -> Iterator[Arguments]:
    from suixin.ground.flow.orders.models import WorkOrder

    for order in WorkOrder.objects.order_by("number")[:2]:
        yield {"key": order.number}


def _procedures() -> Iterator[Arguments]:
    from suixin.ground.flow.models import Procedure

    for procedure in Procedure.objects.order_by("slug")[:2]:
        yield {"slug": procedure.slug}


def _published() -> Iterator[Arguments]:
    from suixin.data.catalog.models import Resource

    for resource in Resource.objects.published()[:2]:
        yield {"table": resource.table}


def _changes() -> Iterator[Arguments]:
    from suixin.data.catalog.models import Change

    for change in Change.objects.all()[:1]:
        yield {"uuid": change.uuid}


def _destructions() -> Iterator[Arguments]:
    from suixin.data.lake.models import Destruction

    for destruction in Destruction.objects.all()[:3]:
        yield {"uuid": destruction.uuid}


def _demands() -> Iterator[Arguments]:
    from suixin.data.catalog.models import Demand

    for demand in Demand.objects.all()[:2]:
        yield {"uuid": demand.uuid}


def _share_requests() -> Iterator[Arguments]:
    from suixin.data.sharing.models import Request

    for one in Request.objects.filter(organisation__slug="civil-affairs")[:3]:
        yield {"uuid": one.uuid}


def _share_parts() -> Iterator[Arguments]:
    from suixin.data.sharing.models import Part

    for one in Part.objects.exclude(state="draft").filter(resource__provider__slug="human-resources")[:6]:
        yield {"uuid": one.uuid}


def _shares() -> Iterator[Arguments]:
    from suixin.data.sharing.models import Share

    for one in Share.objects.all()[:5]:
        yield {"uuid": one.uuid}


def _share_disputes() -> Iterator[Arguments]:
    from suixin.data.sharing.models import Dispute

    for one in Dispute.objects.all()[:2]:
        yield {"uuid": one.uuid}


def _sets() -> Iterator[Arguments]:
    yield {"code": "GB/T 2261.1"}


def _elements() -> Iterator[Arguments]:
    yield {"field": "resident_id"}


def _systems() -> Iterator[Arguments]:
    from suixin.data.catalog.models import InformationSystem

    for system in InformationSystem.objects.all()[:1]:
        yield {"code": system.code}


def _proposed() -> Iterator[Arguments]:
    from suixin.data.catalog.models import Resource

    for resource in Resource.objects.proposed()[:1]:
        yield {"table": resource.table}


def _rejects() -> Iterator[Arguments]:
    from suixin.data.lake.models import Batch

    for batch in Batch.objects.landed().filter(rejected__gt=0).select_related("resource")[:1]:
        yield {"table": batch.resource.table, "batch": batch.pk}


def _quality_departments() -> Iterator[Arguments]:
    from suixin.data.lake.models import Batch

    for batch in Batch.objects.landed().select_related("resource__provider")[:1]:
        yield {"slug": batch.resource.provider.slug}


def _batches() -> Iterator[Arguments]:
    from suixin.data.lake.models import Batch

    for batch in Batch.objects.landed().select_related("resource").order_by("-rejected")[:2]:
        yield {"table": batch.resource.table, "batch": batch.pk}


def _grants() -> Iterator[Arguments]:
    from suixin.data.access.models import Grant

    for grant in Grant.objects.all()[:1]:
        yield {"uuid": grant.uuid}


def _applications() -> Iterator[Arguments]:
    from suixin.ground.people.models import Application

    for application in Application.objects.all()[:1]:
        yield {"app_id": application.app_id}


def _targets() -> Iterator[Arguments]:
    from suixin.data.doors.models import Target

    for target in Target.objects.all()[:1]:
        yield {"slug": target.slug}


def _tables() -> Iterator[Arguments]:
    from suixin.data.doors.models import TableExchange

    for exchange in TableExchange.objects.all()[:2]:
        yield {"uuid": exchange.uuid}


def _subscriptions() -> Iterator[Arguments]:
    from suixin.data.doors.models import Subscription

    for subscription in Subscription.objects.all()[:2]:
        yield {"uuid": subscription.uuid}


def _file_orders() -> Iterator[Arguments]:
    from suixin.data.doors.files.models import FileOrder

    for order in FileOrder.objects.all()[:2]:
        yield {"uuid": order.uuid}


def _proxies() -> Iterator[Arguments]:
    from suixin.data.doors.proxies.models import Proxy

    for proxy in Proxy.objects.all()[:2]:
        yield {"pk": proxy.pk}


def _recipients() -> Iterator[Arguments]:
    from suixin.data.doors.models import ShareToken

    for token in ShareToken.objects.all()[:1]:
        yield {"pk": token.pk}


def _people() -> Iterator[Arguments]:
    from suixin.ground.people.models import Account

    for account in Account.objects.filter(username="clerk"):
        yield {"pk": account.pk}


def _records() -> Iterator[Arguments]:
    from suixin.ground.audit.models import Record

    for record in Record.objects.order_by("-pk")[:1]:
        yield {"record": record.pk}


def _sources() -> Iterator[Arguments]:
    from suixin.data.collection.models import Source

    for source in Source.objects.order_by("pk")[:2]:
        yield {"slug": source.slug}


def _feeds() -> Iterator[Arguments]:
    from suixin.data.collection.models import Feed

    for feed in Feed.objects.exclude(source=None).order_by("pk")[:2]:
        yield {"uuid": feed.uuid}


def _feed_runs() -> Iterator[Arguments]:
    from suixin.data.collection.models import FeedRun

    for run in FeedRun.objects.order_by("-pk")[:2]:
        yield {"uuid": run.uuid}


def _items() -> Iterator[Arguments]:
    from suixin.services.items.models import Item

    for item in (Item.objects.filter(faults__gt=0).first(), Item.objects.filter(version=2).first()):
        if item is not None:
            yield {"code": item.code}


def _item_sections() -> Iterator[Arguments]:
    for arguments in _items():
        yield from ({**arguments, "section": section} for section in ("g2", "materials"))


def _item_versions() -> Iterator[Arguments]:
    from suixin.services.items.models import ItemVersion

    for version in ItemVersion.objects.filter(number=2).select_related("item")[:1]:
        yield {"code": version.item.code, "number": version.number}


def _only(**arguments: object) -> Callable[[], Iterator[Arguments]]:
    return lambda: iter([arguments])


# pages of one thing: name of the address → account, parameters of the things to show
DETAILS: dict[str, tuple[str, Callable[[], Iterator[Arguments]]]] = {
    "console-step": ("review", _steps), "console-case": ("officer", _cases),
    "console-order": ("officer", _orders), "console-order-find": ("officer", _only(slug="general")),
    "console-procedure": ("officer", _procedures), "console-procedure-edit": ("officer", _procedures),
    "console-procedure-simulate": ("officer", _procedures), "console-proposal": ("officer", _proposed),
    "console-resource-calls": ("officer", _published),
    "console-resource-versions": ("officer", _published), "console-change-new": ("officer", _published),
    "console-change": ("officer", _changes),
    "console-destruction": ("officer", _destructions), "console-retention": ("officer", _published),
    "console-code-set": ("officer", _sets), "console-code-set-version": ("officer", _sets), "console-element": ("officer", _elements),
    "console-sharing-request": ("outsider", _share_requests), "console-sharing-part": ("sharing", _share_parts),
    "console-sharing-share": ("officer", _shares), "console-sharing-dispute": ("officer", _share_disputes),
    "console-exchange-receiver": ("officer", _targets), "console-exchange-table": ("officer", _tables),
    "console-exchange-subscription": ("officer", _subscriptions), "console-exchange-proxy": ("officer", _proxies),
    "console-exchange-recipient": ("officer", _recipients), "console-exchange-file": ("officer", _file_orders),
    "console-demand": ("officer", _demands), "console-system": ("officer", _systems), "console-system-edit": ("officer", _systems),
    "console-resource": ("officer", _published), "console-fill": ("officer", _published), "console-grading": ("officer", _published),
    "console-exemption": ("officer", _published), "console-doubt": ("officer", _published),
    "console-quality-department": ("officer", _quality_departments), "console-resource-quality": ("officer", _published),
    "console-batch": ("officer", _batches), "console-rules": ("officer", _published), "console-rule-new": ("officer", _published),
    "console-rejects": ("officer", _rejects), "console-grant": ("officer", _grants),
    "console-application": ("officer", _applications), "console-application-rotate": ("officer", _applications),
    "console-audit-record": ("auditor", _records), "console-form": ("officer", _only(slug="work-order-found")),
    "console-person": ("administrator", _people), "console-person-steps": ("administrator", _people),
    "console-data-source": ("officer", _sources), "console-data-source-edit": ("officer", _sources),
    "console-data-source-feed-new": ("officer", _sources), "console-feed": ("officer", _feeds), "console-feed-edit": ("officer", _feeds),
    "console-feed-run": ("officer", _feed_runs),
    "console-item": ("officer", _items), "console-item-edit": ("officer", _item_sections),
    "console-item-version": ("officer", _item_versions),
    "console-theme": ("officer", _only(slug="restaurant")), "console-theme-edit": ("officer", _only(slug="restaurant")),
    "console-organisation": ("administrator", _only(slug="human-resources")),
}
