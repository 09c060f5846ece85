"""The steps of the main job, each idempotent: register, collect, open, lend, measure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

from suixin.cities import demo_files
from suixin.cities.specs import City
from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.access.query import RowsQuery
from suixin.data.access.rows import fetch_page
from suixin.data.access.versions import pinned, row_count
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.drafts import Assessed
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.collection import actions as collection
from suixin.data.collection.folders import collect_folder
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.insight import actions as insight
from suixin.data.insight.actions import IndicatorDeclaration
from suixin.data.opening.actions import publish_dataset, publish_group
from suixin.data.opening.errors import MayNotOpen
from suixin.data.opening.models import Distribution
from suixin.data.opening.queries import openable_tables
from suixin.data.quality.radar import jobs as radar
from suixin.data.quality.radar import scanning
from suixin.data.sharing.actions import ShareTerms, grant_request
from suixin.data.sharing.models import Share
from suixin.ground.jobs import running
from suixin.ground.jobs.models import Job, JobState
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.site.demo.people import demo_application

LENT_TABLE = "resident_insurance"
LENT_COLUMNS = ("resident_id", "insurance_kind", "person_name", "insured_on", "insurance_state")
LENT_BASIS = "《社会救助暂行办法》(国务院令第649号)第五十八条"
SIMULATED = Assessed("保密评〔模拟〕2026第1号", "个保评〔模拟〕2026第1号")  # of entries proposed from files
REASON = "演示:不含敏感信息项,按目录开放属性公开"

Report = Callable[[FileOutcome], None]


def register(city: City, actor: Actor) -> None:
    """The city's catalogue entries published, their feeds declared; entries that are there stay as they are."""
    known = set(Resource.objects.values_list("table", flat=True))
    for spec in city.resources:
        if spec.contract.table not in known:
            resource = catalog.publish_resource(catalog.propose_resource(spec.draft, actor=actor), actor=actor, reason="城市目录")
            collection.declare_feed(resource, spec.patterns, actor=actor)


def collect(folder: Path, actor: Actor, report: Report) -> list[FileOutcome]:
    """What became of every table below a folder; new tables are accepted as proposed."""
    return collect_folder(folder, actor=actor, accept=SIMULATED, report=report)


def make_files(folder: Path) -> Path:
    """The folder with the city's demonstration files (模拟数据), the same bytes every time."""
    demo_files.make(folder)
    return folder


@dataclass(frozen=True, slots=True)
class Opened:
    """How many resources are open now, and which stay inside with the reason."""

    opened: int
    inside: tuple[str, ...]


def open_all(actor: Actor, city: City) -> Opened:
    """Every resource without sensitive items on the portal; what may not be opened stays inside and says why.

    Of the city's own entries those declared withheld stay inside; a proposal has no such declaration yet.
    """
    withheld = {spec.contract.table for spec in city.resources if spec.draft.open_type == "withheld"}
    shown = set(Distribution.objects.values_list("resource_id", flat=True))
    inside = []
    for resource in Resource.objects.published().filter(group=None).exclude(pk__in=shown):
        if resource.table in withheld:
            inside.append(f"{resource.title}:目录规定不予开放")
        elif row_count(resource.table):
            inside += _tried(partial(publish_dataset, resource, actor=actor, reason=REASON))
    for group in ResourceGroup.objects.filter(resources__in=Resource.objects.published().exclude(pk__in=shown)).distinct():
        if shown.issuperset(table.pk for table in openable_tables(group)):
            continue
        inside += _tried(partial(publish_group, group, actor=actor, reason=REASON))
    return Opened(Distribution.objects.count(), tuple(inside))


def _tried(publish: Callable[[], object]) -> list[str]:
    try:
        publish()
    except MayNotOpen as refusal:
        return [refusal.sentence]
    return []


def lend(actor: Actor) -> str:
    """Address (path and query) of a lookup that a department's application may now make; "" while the table is empty."""
    resource = Resource.objects.get(table=LENT_TABLE)
    application = demo_application()
    if not Share.objects.filter(resource=resource, application=application).exists():
        until = clock.now() + timedelta(days=180)
        terms = ShareTerms(LENT_COLUMNS, "社会救助对象参保情况核验", LENT_BASIS, until, masks={"resident_id": "resident_id"})
        grant_request(resource, terms, organisation=application.organisation, application=application, actor=actor)
    return _lookup_address(resource)


def _lookup_address(resource: Resource) -> str:
    plan = open_plan(SYSTEM, resource, door=Door.COMPUTE)
    page = fetch_page(plan, RowsQuery(page_size=1), pinned(resource.table))
    if not page.rows:
        return ""
    key = "&".join(f"{name}={quote(str(page.rows[0][name]))}" for name in resource.contract.key)
    return f"/gateway/{resource.table}/lookup?{key}&columns=person_name,insurance_state"


def measure(city: City, actor: Actor) -> list[str]:
    """Every indicator of the city declared and computed; one line about each."""
    lines = []
    for spec in city.indicators:
        declaration = IndicatorDeclaration(
            spec.slug, spec.title, spec.sql, spec.unit, spec.description, spec.frequency, spec.chart
        )
        value = insight.compute(insight.declare_indicator(declaration, actor=actor), actor=actor)
        versions = "、".join(f"{table} 第 {version} 版" for table, version in sorted(value.versions.items()))
        lines.append(f"{spec.title}:{len(value.rows)} 行,来自 {versions}")
    return lines


def look_for_duplicates() -> str:
    """What the radar found in all entries; what is enqueued for single ones is done with that."""
    told = scanning.scan_all().sentence
    for job in Job.objects.filter(kind=radar.ONE, state=JobState.WAITING):
        running.deliver(job.pk)
    return told
