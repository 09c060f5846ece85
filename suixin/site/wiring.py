"""All wiring on one page: who hears of which event, who answers for whom, what is put right at start.

BatchLanded         (collection)  opening: row count and date of the dataset that shows the resource
                                  quality: a work order for each leading reason of rejected rows; the radar looks at the entry
TableResealed       (collection)  downloads, shares: files at rest made before an item was sealed are removed
BatchLanded         (collection)  subscriptions: those of the resource are due
BatchLanded         (collection)  shares: tables of grants that somebody reads are brought up to the new version
ResourceWithdrawn   (catalog)     shares, packages: tables and packages of its grants are removed
GrantMoved          (access)      packages: those of a suspended or revoked grant are taken away, of a resumed one made again
ResourceRegraded    (catalog)     opening: what may not be open any more leaves the portal
ResourcePublished   (catalog)     collection: files that waited for the entry are landed by the worker
ResourcePublished   (catalog)     access: grants on its whole dataset open it
ResourceWithdrawn   (catalog)     opening: its grants are revoked, its dataset leaves the portal
                                  quality: its sketches and findings are forgotten
Resource...         (catalog)     quality: published or changed, the radar looks at the entry
objections          (catalog)     quality: what another department provides is not collected again
slug of an address  (doors)       opening: which resource a dataset's slug stands for
InstanceFinished    (flow)        quality: whoever doubted a row is answered; cases: so are applicants who put a value otherwise
                              orders: an order whose instance ended otherwise than well is open no more
                              catalog: a change whose procedure ended otherwise than well is over, a demand declined
rows at rest        (catalog) collection: whether a table holds rows, so that its columns stay
procedures          (flow)        subjects, effects, measures, kinds of orders: site/flows.py
kinds of messages   (notify)     flow: what it tells of steps that are late
workdays            (notify)     flow: messages that are not urgent keep to the calendar of workdays
background work     (jobs)        what the worker can do and when, declared in site/jobs.py
panels of a resource (shell)    what each module shows on its page: site/shell/panels
InstanceFinished    (flow)        sharing: a request whose procedure ended without a grant is refused, or withdrawn
ResourceWithdrawn   (catalog)     sharing: its shares end with their grants, requests for it are stopped
MatterTouched       (matters)     matters: what follows from how its parts stand is done at once; the job does what a crash left
InstanceFinished    (flow)        destruction: one that was not approved is refused, and its value forgotten
letters of peers    (doors)       cascade: its door, and what each kind of letter does
places of rows      (collection)  destroying: downloads, datasets, texts of the database, the last look
answers of doors    (doors)       watching: counted for /metrics, told in access lines
user_logged_in/out  (Django)      people: the session is noted, the oldest beyond the limit ends; it is forgotten
kinds of documents  (search)      catalog: entries; opening: datasets; items: guides; themes: themes; cascade: entries of peers
rule library        (quality)     rules of the city and of the home, facts of the city that defaults name
OrganisationRenamed (people)      search: its entries and datasets are indexed anew by the worker
ResidentClosed      (people)      cases: how it wanted to be told is forgotten
attachment's owner  (files)       forms: who reads the attachments of a draft, of a submission
reseal a purpose    (security)    people: secrets of applications under the current key version
request_started     (Django)      (a job of the worker likewise) standards: what the city keeps is asked for again before it is next used
start               (commands)    lake, collection, downloads, opening: what a crash left is mended, what nobody may
                                  need any more is removed, before serving and before a long job
"""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.signals import request_started
from django.db.models import Max
from django_q.signals import pre_execute

from suixin.data.access import datasets
from suixin.data.access.events import GrantMoved
from suixin.data.access.granted import shares
from suixin.data.catalog import changing, demands, impact, objections, standing
from suixin.data.catalog.actions import ResourceChanged, ResourcePublished, ResourceRegraded, ResourceWithdrawn
from suixin.data.catalog.finding import RESOURCES
from suixin.data.catalog.models import Change, Resource, ResourceState
from suixin.data.collection import filling, mending
from suixin.data.collection import watching as sources
from suixin.data.collection.actions import land_waiting
from suixin.data.collection.destruction import asking, deciding
from suixin.data.collection.events import BatchLanded, TableResealed
from suixin.data.collection.mending import Mended
from suixin.data.collection.models import RunStatus
from suixin.data.doors import resolving
from suixin.data.doors.downloads import rest
from suixin.data.doors.files import clearing as packages
from suixin.data.doors.files import ordering as file_orders
from suixin.data.doors.subscriptions import subscribing
from suixin.data.lake.models import Batch
from suixin.data.lake.repair import Repaired, repair, vacuum
from suixin.data.opening import actions as opening
from suixin.data.opening.finding import DATASETS
from suixin.data.opening.queries import find_resource
from suixin.data.quality import actions as quality
from suixin.data.quality.library import templates as rule_library
from suixin.data.quality.loop import corrections, doubts
from suixin.data.quality.radar import jobs as radar
from suixin.data.quality.radar import keeping, recollecting
from suixin.data.sharing import asking as sharing
from suixin.data.sharing import drafting
from suixin.data.sharing import ending as sharing_ending
from suixin.data.sharing import telling as sharing_notices
from suixin.data.sharing.cascade import connecting as cascade
from suixin.data.sharing.cascade import telling as cascade_notices
from suixin.data.sharing.cascade.finding import REMOTE_ENTRIES
from suixin.data.sharing.models import Part
from suixin.ground import events
from suixin.ground.files import readers as files
from suixin.ground.flow import calendars, silence, sweeping
from suixin.ground.flow import notices as flow_notices
from suixin.ground.flow.events import InstanceFinished
from suixin.ground.flow.models import Instance, InstanceStatus
from suixin.ground.flow.orders import closing
from suixin.ground.forms import actions as forms
from suixin.ground.forms import queries as answered
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.notify import kinds as notify_kinds
from suixin.ground.notify import planning
from suixin.ground.people import sessions
from suixin.ground.people.applications import reseal_secrets
from suixin.ground.people.events import OrganisationRenamed, ResidentClosed
from suixin.ground.people.keys import PURPOSE as APPLICATION_SECRETS
from suixin.ground.search import actions as search
from suixin.ground.search import lexicons, registry
from suixin.ground.security import resealing
from suixin.ground.standards import held
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.services.cases import contacting, doubting, fees, providers, simulated, telling
from suixin.services.items.finding import GUIDES
from suixin.services.matters import advancing
from suixin.services.matters.events import MatterTouched
from suixin.services.themes.finding import THEMES
from suixin.site import destroying, flows, jobs, metrics, standard_approval, uses, watching
from suixin.site.shell import panels
from suixin.site.shell.city import city

CITIES = Path(__file__).resolve().parents[1] / "cities"


def connect() -> None:
    """Join the modules; called once when Django is ready, harmless when called again."""
    resolving.register_slug_finder(find_resource)
    resealing.register(APPLICATION_SECRETS, reseal_secrets)
    user_logged_in.connect(sessions.opened, dispatch_uid="people.sessions.opened")
    user_logged_out.connect(sessions.closed, dispatch_uid="people.sessions.closed")
    events.subscribe(BatchLanded, _refresh_dataset)
    events.subscribe(BatchLanded, _raise_orders)
    events.subscribe(ResourcePublished, _land_what_waited)
    events.subscribe(ResourcePublished, _open_in_dataset)
    events.subscribe(InstanceFinished, _abandon_order)
    events.subscribe(InstanceFinished, _answer_doubts)
    events.subscribe(InstanceFinished, _close_change)
    events.subscribe(InstanceFinished, _settle_demand)
    events.subscribe(InstanceFinished, _refuse_destruction)
    events.subscribe(InstanceFinished, _return_standard)
    events.subscribe(InstanceFinished, _settle_part)
    events.subscribe(MatterTouched, _advance_matter)
    changing.register_holder(_holds_rows)
    objections.register_check(recollecting.objections)
    events.subscribe(BatchLanded, _look_for_duplicates)
    events.subscribe(ResourcePublished, _look_for_duplicates)
    events.subscribe(ResourceChanged, _look_for_duplicates)
    events.subscribe(ResourceWithdrawn, _forget_sketches)
    events.subscribe(ResourceWithdrawn, _end_shares)
    events.subscribe(ResourceWithdrawn, _close_resource)
    events.subscribe(ResourceRegraded, _close_regraded)
    events.subscribe(TableResealed, _forget_downloads)
    events.subscribe(BatchLanded, _refresh_shares)
    events.subscribe(BatchLanded, _tell_subscriptions)
    events.subscribe(ResourceWithdrawn, _forget_shares)
    events.subscribe(GrantMoved, _move_packages)
    pre_execute.connect(held.mark_stale, dispatch_uid="standards.held.mark_stale")
    request_started.connect(held.mark_stale, dispatch_uid="standards.held.mark_stale")
    _declare_notices()
    if settings.SUIXIN.simulated_payment:
        providers.register_provider(simulated.NAME, simulated.Simulated(fees.take_notice))
    for found in (RESOURCES, DATASETS, GUIDES, THEMES, REMOTE_ENTRIES):
        registry.register(found)
    for folder in (CITIES / settings.SUIXIN.city, settings.SUIXIN.home):
        lexicons.add_synonyms(folder / "synonyms.yaml")
        rule_library.add_library(folder / "quality_rules.yaml", origin=city(settings.SUIXIN.city).name)
    rule_library.state_facts(city(settings.SUIXIN.city).facts)
    events.subscribe(OrganisationRenamed, _index_again)
    events.subscribe(ResidentClosed, _forget_contact)
    files.register_owner(forms.DRAFT, answered.may_read_draft)
    files.register_owner(forms.SUBMISSION, answered.may_read_key)
    files.register_owner(drafting.OWNER, drafting.may_read_files)
    files.register_owner(filling.DRAFT, filling.may_read_draft)
    files.register_owner(filling.FILING, filling.may_read_filing)
    cascade.declare()
    flows.declare()
    jobs.declare()
    destroying.declare()
    panels.declare()
    metrics.connect()
    watching.connect()


def _declare_notices() -> None:
    planning.register_workdays(lambda: calendars.current().is_workday)
    ours = (sweeping.ESCALATED, silence.STUCK, impact.NOTICE, demands.NOTICE, doubts.NOTICE, sources.FAULT, sources.ENDING,
            sharing_notices.NOTICE, sharing_notices.REMINDER, cascade_notices.DIFFERS, *telling.KINDS, contacting.CONFIRM)
    for kind in (*flow_notices.KINDS, *ours):
        notify_kinds.register(kind)


def mend() -> str:
    """What a crash had left and is now put right, as a sentence; empty when there was nothing."""
    done, mended = repair(), mending.mend(actor=SYSTEM)
    settled = corrections.mend()
    landed = land_waiting(actor=SYSTEM)
    removed = [*vacuum(), *rest.forget_tables(_withdrawn_tables()), *shares.forget_ended()]
    refreshed = opening.refresh_stale(actor=SYSTEM)
    indexed = search.rebuild_stale(beyond=_index_later)
    uses.declare_missing()
    stood = _stand_missing()
    if Resource.objects.published().filter(sketches=None).exists():  # entries that were there before the radar was
        _enqueue_once(radar.ALL, {})
    parts = [
        *_repairs(done, mended),
        f"重建检索索引 {'、'.join(indexed)}" if indexed else "",
        f"统计目录 {stood} 条" if stood else "",
        f"处理滞留文件 {len(landed)} 个" if landed else "",
        f"了结中断的更正 {settled} 次" if settled else "",
        f"清理过期文件 {len(removed)} 个" if removed else "",
        f"更新数据集 {len(refreshed)} 个" if refreshed else "",
        f"正在写入而跳过 {'、'.join(done.busy)}" if done.busy else "",
    ]
    told = ";".join(part for part in parts if part)
    return f"启动修复:{told}。" if told else ""


def _index_again(_: OrganisationRenamed) -> None:
    for kind in (RESOURCES, DATASETS, GUIDES, THEMES):
        search.renew(kind.name)  # the name is shown at once; it is found by when the worker has indexed
        _index_later(kind)


def _forget_contact(_: ResidentClosed) -> None:
    contacting.forget_closed()


def _index_later(kind: registry.Kind) -> None:
    enqueue("search.rebuild", actor=SYSTEM, title=f"重建检索索引：{kind.title}", arguments={"kind": kind.name})


def _withdrawn_tables() -> list[str]:
    return list(Resource.objects.filter(state=ResourceState.WITHDRAWN).values_list("table", flat=True))


def _refresh_dataset(event: BatchLanded) -> None:
    opening.refresh_dataset(Resource.objects.get(pk=event.resource_id), actor=SYSTEM, batch=event.batch_id)


def _raise_orders(event: BatchLanded) -> None:
    batch = Batch.objects.select_related("resource__provider").get(pk=event.batch_id)
    if batch.corrects is None:  # rows that are still bad are open where they came from
        quality.raise_orders(batch, actor=SYSTEM)


def _land_what_waited(event: ResourcePublished) -> None:
    resource = Resource.objects.get(pk=event.resource_id)
    if resource.runs.filter(status=RunStatus.PROPOSED).exists():
        enqueue("collection.land_waiting", actor=SYSTEM, title=f"目录已发布，处理等待的文件：{resource.title}")


def _open_in_dataset(event: ResourcePublished) -> None:
    datasets.open_later(Resource.objects.select_related("provider").get(pk=event.resource_id))


def _look_for_duplicates(event: BatchLanded | ResourcePublished | ResourceChanged) -> None:
    """Its items are known by name at once; the rest is a job, unless one waits already: many batches are looked at once."""
    if not isinstance(event, BatchLanded):
        keeping.register_items(Resource.objects.get(pk=event.resource_id))
    _enqueue_once(radar.ONE, {"resource": event.resource_id})


def _enqueue_once(kind: str, arguments: dict[str, object]) -> None:
    if not Job.objects.filter(kind=kind, state=JobState.WAITING, arguments=arguments).exists():
        enqueue(kind, actor=SYSTEM, arguments=arguments)


def _forget_sketches(event: ResourceWithdrawn) -> None:
    keeping.forget(Resource.objects.get(pk=event.resource_id))


def _abandon_order(event: InstanceFinished) -> None:
    if event.subject_kind == "flow.order" and event.status != InstanceStatus.DONE:
        closing.abandon(Instance.objects.get(pk=event.instance_id))


def _answer_doubts(event: InstanceFinished) -> None:
    if event.subject_kind == "flow.order":
        doubts.answer(Instance.objects.get(pk=event.instance_id))
        doubting.settle(event.subject_key)


def _advance_matter(event: MatterTouched) -> None:
    advancing.advance(event.matter_id, actor=SYSTEM)


def _close_change(event: InstanceFinished) -> None:
    if event.subject_kind == changing.KIND and event.status != InstanceStatus.DONE:
        changing.close_change(Change.objects.get(uuid=event.subject_key), actor=SYSTEM, reason=f"流程{event.status}")


def _settle_demand(event: InstanceFinished) -> None:
    if event.subject_kind == demands.KIND and event.status != InstanceStatus.DONE:
        demands.settle_stopped(event.subject_key, actor=SYSTEM, reason="流程没有按答复办结")


def _refuse_destruction(event: InstanceFinished) -> None:
    if event.subject_kind == asking.KIND and event.status != InstanceStatus.DONE:
        deciding.refuse(event.subject_key, reason=f"流程{InstanceStatus(event.status).label}")


def _return_standard(event: InstanceFinished) -> None:
    if event.subject_kind == standard_approval.KIND and event.status != InstanceStatus.DONE:
        standard_approval.returned(event.subject_key, reason=f"流程{InstanceStatus(event.status).label}")


def _settle_part(event: InstanceFinished) -> None:
    if event.subject_kind == sharing.KIND and event.status != InstanceStatus.DONE:
        part = Part.objects.filter(uuid=event.subject_key).first()
        if part is not None:
            sharing.settle(part)


def _end_shares(event: ResourceWithdrawn) -> None:
    resource = Resource.objects.get(pk=event.resource_id)
    sharing_ending.end_withdrawn(resource)
    sharing.close_unanswered(resource, actor=SYSTEM)


def _stand_missing() -> int:
    """Entries written by an earlier version of the program, or past the actions, counted from now on."""
    entries = standing.missing()
    if not entries.exists():
        return 0
    rows = Batch.objects.landed().values("resource").annotate(last=Max("created_at")).values_list("resource", "last")
    return standing.rebuild(entries, {pk: last.astimezone(clock.CHINA).date() for pk, last in rows if last is not None})


def _holds_rows(table: str) -> bool:
    return Batch.objects.landed().filter(resource__table=table).exists()


def _forget_downloads(event: TableResealed) -> None:
    rest.forget_tables([event.table])
    shares.forget_tables([event.table])
    packages.forget_tables([event.table], why="数据表已重新加密存放;请重新生成。")


def _tell_subscriptions(event: BatchLanded) -> None:
    subscribing.note_landed(event.resource_id)
    file_orders.note_landed(event.resource_id)


def _refresh_shares(event: BatchLanded) -> None:
    """Tables of grants that somebody reads follow their standard table by the worker; a reader who comes first makes it himself."""
    table = Resource.objects.filter(pk=event.resource_id).values_list("table", flat=True).first()
    if table and shares.has_own(table):
        _enqueue_once("shares.refresh", {"resource": event.resource_id})


def _forget_shares(event: ResourceWithdrawn) -> None:
    tables = list(Resource.objects.filter(pk=event.resource_id).values_list("table", flat=True))
    shares.forget_tables(tables)
    packages.forget_tables(tables, why="资源已撤销。")


def _move_packages(event: GrantMoved) -> None:
    packages.withdraw_of_grant(event.grant, event.state)


def _close_resource(event: ResourceWithdrawn) -> None:
    opening.close_resource(Resource.objects.get(pk=event.resource_id), actor=SYSTEM, reason="目录已撤销")


def _close_regraded(_: ResourceRegraded) -> None:
    opening.close_regraded(actor=SYSTEM)


def _repairs(done: Repaired, mended: Mended) -> list[str]:
    return [
        f"补记批次 {len(done.restored)} 个" if done.restored else "",
        f"撤销未完成批次 {len(done.dropped)} 个" if done.dropped else "",
        f"清理残留文件 {len(done.removed)} 个" if done.removed else "",
        f"释放中断进程的写入占用 {len(done.freed)} 个" if done.freed else "",
        f"数据湖里缺少而重新入库的批次 {mended.waiting} 个" if mended.waiting else "",
        f"原件不在、改为重新读取的数据块 {mended.read_again} 个" if mended.read_again else "",
        f"结束中断的采集 {mended.ended} 次" if mended.ended else "",
        f"控制库比数据湖旧、已暂停的采集任务 {'、'.join(mended.paused)},核对已到位置后再恢复" if mended.paused else "",
    ]
