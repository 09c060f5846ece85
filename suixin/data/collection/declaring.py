"""Writes of sources and their feeds: declared, edited, paused, resumed, checked. Credentials go in and never come out."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import IntegrityError, transaction

from suixin.data.catalog.models import Resource
from suixin.data.collection import logkeeping
from suixin.data.collection.capturing import watched_of
from suixin.data.collection.dependences import declare_use
from suixin.data.collection.drifting import require_mapped
from suixin.data.collection.errors import WrongSource
from suixin.data.collection.holding import MOST_DELETED
from suixin.data.collection.models import DriftPolicy, Feed, FeedMode, FrontStream, Source, SourceState
from suixin.data.collection.opening import connector_of
from suixin.data.collection.own_codes import require_mapped_sets
from suixin.data.collection.schedules import OF_CYCLE, schedule_of
from suixin.data.collection.sources import patterns, registry
from suixin.data.collection.sources.base import FILE_KINDS, INBOX_KINDS, Column, Kind, Settings
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.people.models import Organisation, OrganisationKind
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

CHECK_SECONDS = 15
MOST_CONCURRENT = 16
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,59}")
_HOST = re.compile(r"[A-Za-z0-9.\-:\[\]]{1,253}")
# what decides to whom credentials are shown; when one of them changes the kept ones are forgotten
_GUARDS = ("host_key", "user", "auth", "key")


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """A source as somebody describes it. `secrets`: only those that were typed; kept ones stay."""

    name: str
    slug: str
    kind: Kind
    organisation: Organisation
    address: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    allowed_hosts: Sequence[str] = ()
    concurrency: int = 2
    agreement: str = ""
    agreement_place: str = ""
    purpose: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class FeedDraft:
    """A feed as somebody describes it. `schedule` None: by the entry's update cycle; "": by hand only.

    `is_whole`: each delivery is the whole state, which may delete that many percent of the rows. `own_codes`: by item the code set
    in which this source has it.
    """

    table: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[str] = ()
    cursor: str = ""
    overlap: int = 0
    reads_log: bool = False
    schedule: str | None = None
    drift_policy: DriftPolicy = DriftPolicy.HOLD
    chunk_rows: int = 100_000
    is_whole: bool = False
    most_deleted: int = MOST_DELETED
    own_codes: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def declare_source(draft: SourceDraft, *, actor: Actor) -> Source:
    """The new source. Raises NotAllowed, WrongSource."""
    policy.require(actor, "collection.declare_source", draft.organisation)
    if not _SLUG.fullmatch(draft.slug):
        raise WrongSource("英文标识应以小写字母开头,由小写字母、数字和连字符组成,2 到 60 个字符。")
    source = Source(slug=draft.slug, kind=draft.kind, organisation=draft.organisation, created_at=clock.now())
    _fill(source, draft)
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        raise WrongSource(f"英文标识“{draft.slug}”已被另一个来源使用;请换一个。") from error
    audit.record(actor, "collection.declared_source", source, detail=_told(source))
    return source


@transaction.atomic
def edit_source(source: Source, draft: SourceDraft, *, actor: Actor) -> bool:
    """Whether kept credentials were forgotten, because they would now be shown to somebody else.

    Kind, identifier and organisation stay. Raises NotAllowed, WrongSource.
    """
    policy.require(actor, "collection.declare_source", source)
    held = Source.objects.select_for_update().get(pk=source.pk)
    before = state_of(held)
    guarded = (held.address, *(held.options.get(name) for name in _GUARDS))
    kept = held.secrets
    _fill(held, draft)
    is_other = guarded != (held.address, *(held.options.get(name) for name in _GUARDS))
    if not is_other and kept:
        held.secrets = json.dumps({**json.loads(kept), **dict(draft.secrets)})
    held.save()
    audit.record(actor, "collection.edited_source", held, before=before, detail=_told(held))
    source.refresh_from_db()
    return bool(is_other and kept and not draft.secrets)


@transaction.atomic
def switch_source(source: Source, *, is_paused: bool, actor: Actor, reason: str = "") -> Source:
    """The source, paused or enabled. Raises NotAllowed."""
    policy.require(actor, "collection.declare_source", source)
    source.state = SourceState.PAUSED if is_paused else SourceState.ENABLED
    source.save(update_fields=["state"])
    audit.record(actor, "collection.paused_source" if is_paused else "collection.resumed_source", source, basis=reason)
    return source


def check_source(source: Source, *, actor: Actor) -> Source:
    """The source with what a look at it said just now; a fault is kept as its sentence. Raises NotAllowed."""
    policy.require(actor, "collection.check_source", source)
    try:
        with connector_of(source, seconds=CHECK_SECONDS) as connector:
            told = connector.check()
            kept, is_well = logkeeping.looked_after(source, connector)
            source.health, source.is_well = f"{told}{kept}"[:600], is_well
    except SuixinError as error:
        source.health, source.is_well = error.sentence[:600], False
    source.checked_at = clock.now()
    with transaction.atomic():
        source.save(update_fields=["health", "is_well", "checked_at"])
        audit.record(actor, "collection.checked_source", source, detail={"is_well": source.is_well})
    return source


@transaction.atomic
def declare_source_feed(
    source: Source, resource: Resource, draft: FeedDraft, *, columns: Sequence[Column], actor: Actor, feed: Feed | None = None
) -> Feed:
    """The feed from that table of the source into the entry, new or edited. `columns` are the source's now.

    An edited one forgets its place when its table, cursor or order changed. Raises NotAllowed, WrongSource.
    """
    policy.require(actor, "collection.declare_feed", source)
    policy.require(actor, "collection.declare_feed", resource)
    kind = Kind(source.kind)
    made = feed or Feed(source=source, resource=resource)
    before = state_of(made) if made.pk else None
    if made.pk:
        logkeeping.require_editable(made, draft.mapping, reads_log=draft.reads_log)
    if (made.table, made.cursor, made.order) != (draft.table, draft.cursor, list(draft.order)) or made.reads_log != draft.reads_log:
        made.position = None
    made.reads_log = draft.reads_log
    made.table = patterns.checked(draft.table) if kind in FILE_KINDS else draft.table
    made.mode = FeedMode.SNAPSHOT if draft.is_whole else FeedMode(resource.write_mode)
    made.most_deleted = _between("最多删除(%)", draft.most_deleted, 0, 99)
    _require_alone(made, draft, kind)
    made.drift_policy, made.chunk_rows = draft.drift_policy, _between("每块行数", draft.chunk_rows, 1, 1_000_000)
    made.overlap = _between("重叠", draft.overlap, 0, 366 * 86_400)
    if kind not in FILE_KINDS:
        _fill_rows(made, draft, columns, kind)
    made.own_codes = require_mapped_sets(
        resource.contract, draft.own_codes, taken=None if kind in FILE_KINDS else draft.mapping.values()
    )
    made.schedule = OF_CYCLE.get(resource.update_cycle, "") if draft.schedule is None else " ".join(draft.schedule.split())
    made.next_at = schedule_of(made.schedule).next_after(clock.now()) if made.schedule else None
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise WrongSource(f"来源“{source}”的“{draft.table}”已经采集到这个目录;请在那个采集任务上修改。") from error
    declare_use(made)
    detail = {"source": source.slug, "table": made.table, "entry": resource.table}
    audit.record(actor, "collection.declared_feed", made, before=before, detail=detail)
    return made


@transaction.atomic
def switch_feed(feed: Feed, *, is_paused: bool, actor: Actor, reason: str = "") -> Feed:
    """The feed, paused (a running run stops after its chunk) or resumed. Raises NotAllowed."""
    policy.require(actor, "collection.declare_feed", feed)
    feed.is_paused = is_paused
    feed.next_at = schedule_of(feed.schedule).next_after(clock.now()) if feed.schedule else None
    feed.save(update_fields=["is_paused", "next_at"])
    audit.record(actor, "collection.paused_feed" if is_paused else "collection.resumed_feed", feed, basis=reason)
    return feed


def suggested_mapping(columns: Sequence[Column], resource: Resource) -> dict[str, str]:
    """{column: field} where names agree: the field, its Chinese name, or a name under which it may arrive."""
    found: dict[str, str] = {}
    for item in resource.contract.items:
        names = {_plain(name) for name in (item.field, item.name, *item.source_names)}
        match = next((one.name for one in columns if _plain(one.name) in names and one.name not in found), None)
        if match is not None:
            found[match] = item.field
    return found


def _fill(source: Source, draft: SourceDraft) -> None:
    if not draft.name.strip() or len(draft.name) > 120:
        raise WrongSource("请填写来源名称,最多 120 个字。")
    kind = Kind(source.kind)
    source.name, source.address = draft.name.strip(), draft.address.strip()
    source.options = registry.checked(kind, draft.options, secrets=False)
    secrets = {name: str(value) for name, value in registry.checked(kind, draft.secrets, secrets=True).items()}
    source.secrets = json.dumps(secrets) if secrets else ""
    if len(source.address) > 500 or (kind not in INBOX_KINDS and not source.address):
        raise WrongSource(f"请填写来源地址,形如 {registry.class_of(kind).ADDRESS}。")
    hosts = [host.strip() for host in draft.allowed_hosts if host.strip()]
    if wrong := next((host for host in hosts if not _HOST.fullmatch(host)), None):
        raise WrongSource(f"“{wrong[:60]}”不是主机名;“其他允许的主机”每行写一个主机名,不带 https:// 和路径。")
    source.allowed_hosts, source.concurrency = hosts, _between("同时运行的任务数", draft.concurrency, 1, MOST_CONCURRENT)
    is_supplier = source.organisation.kind in (OrganisationKind.ENTERPRISE, OrganisationKind.OTHER)
    if is_supplier and not (draft.agreement.strip() and draft.purpose.strip() and draft.expires_on):
        raise WrongSource(f"“{source.organisation}”不是政府部门,须写明供数协议的编号、约定的用途和到期日。")
    source.agreement, source.agreement_place = draft.agreement.strip()[:100], draft.agreement_place.strip()[:300]
    source.purpose, source.expires_on = draft.purpose.strip()[:300], draft.expires_on
    registry.connector_for(kind, Settings(source.address, source.options, secrets, tuple(hosts))).close()


def _fill_rows(feed: Feed, draft: FeedDraft, columns: Sequence[Column], kind: Kind) -> None:
    names = {one.name for one in columns}
    feed.columns = [one.as_dict() for one in columns]
    order = list(draft.order) or [one.name for one in columns if one.is_key]
    if missing := [name for name in (*draft.mapping, *order, *([draft.cursor] if draft.cursor else [])) if name not in names]:
        raise WrongSource(f"来源里没有列“{missing[0][:60]}”;请刷新页面后重新选择。")
    if kind is Kind.DATABASE and not order:
        raise WrongSource("来源表没有主键,断点续传要靠它分清每一行;请选择能唯一确定一行的列作来源主键。")
    if kind is Kind.DATABASE and feed.mode == FeedMode.APPEND and not draft.cursor:
        raise WrongSource("目录是逐批追加,每次全量读取会重复;请选择只增不减的增量列(如自增编号、入库时间),或改用有主键的目录。")
    if kind is Kind.AGENT:
        _require_stream(feed, draft)
    if draft.overlap and feed.mode == FeedMode.APPEND:
        raise WrongSource("逐批追加的目录不能设重叠,重读的行会重复;请把重叠设为 0。")
    require_mapped(feed.resource.contract, draft.mapping)
    feed.mapping, feed.order, feed.cursor = dict(draft.mapping), order, draft.cursor
    if feed.reads_log:
        _require_log(feed, kind)


def _require_log(feed: Feed, kind: Kind) -> None:
    """Nothing, when the feed may read a log as it is set up; what the server needs is asked for by `logkeeping.require_log`."""
    if kind is not Kind.DATABASE or feed.source is None:
        raise WrongSource("只有数据库来源能按日志采集;请改选别的读取方式。")
    if feed.cursor or feed.overlap:
        raise WrongSource("按日志采集不用增量列和重叠;请把它们留空。")
    if feed.mode == FeedMode.SNAPSHOT:
        raise WrongSource("日志每次只给变动的行,不能整表更新;请只选“按数据库日志采集”,来源的删除同样会采集。")
    if feed.mode == FeedMode.APPEND:
        raise WrongSource("按日志采集要能更新和删除行,只用于按主键更新的目录;请改用有主键的目录。")
    watched_of(feed)


def _require_stream(feed: Feed, draft: FeedDraft) -> None:
    """Nothing, when the front machine's stream may go where it shall. Raises WrongSource."""
    if draft.cursor or draft.overlap:
        raise WrongSource("前置机自己记住读到哪里,增量列和重叠写在前置机的配置里;请在这里留空。")
    if feed.mode not in (FeedMode.APPEND, FeedMode.UPSERT):
        raise WrongSource("前置机分块推送,看不出哪些行已被删除,不能进整表更新的目录;请改用按主键更新的目录。")
    if Feed.objects.filter(source=feed.source, table=draft.table).exclude(pk=feed.pk).exists():
        raise WrongSource(
            f"数据流“{draft.table[:60]}”已有采集任务;一个数据流只进一个目录,要进另一个请在前置机的配置里再写一个数据流。"
        )
    stream = FrontStream.objects.filter(source=feed.source, name=draft.table).first()
    if stream is not None and stream.is_repeated and feed.mode == FeedMode.APPEND:
        raise WrongSource("这个数据流每次全量重读,目录是逐批追加,行会重复;请在前置机的配置里设增量列,或改用有主键的目录。")


def _require_alone(feed: Feed, draft: FeedDraft, kind: Kind) -> None:
    """Nothing, when a whole state can be, and is the only way into its entry. Raises WrongSource."""
    others = Feed.objects.exclude(source=None).filter(resource=feed.resource).exclude(pk=feed.pk)
    if not draft.is_whole:
        if (whole := others.filter(mode=FeedMode.SNAPSHOT).first()) is not None:
            raise WrongSource(f"目录由采集任务“{whole}”整表更新,别的来源的行会被它当作已删除;请先把那个任务改为按主键更新。")
        return
    if not feed.resource.contract.key:
        raise WrongSource("整表更新按主键比对,目录没有主键;请先在目录中设主键,或改用逐批追加。")
    if kind is Kind.PUSH:
        raise WrongSource("推送来源每次只给变动的行,不能整表更新;请改用按主键更新。")
    if draft.cursor:
        raise WrongSource("整表更新每次读取全部,不能设增量列;请把增量列留空。")
    if (other := others.first()) is not None:
        raise WrongSource(f"目录还有采集任务“{other}”,整表更新会把它的行当作已删除;目录只有这一个来源时才能整表更新。")


def _between(label: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise WrongSource(f"“{label}”应在 {least} 到 {most} 之间。")
    return value


def _told(source: Source) -> dict[str, object]:
    """What the log may know: everything but credentials."""
    return {
        "kind": source.kind, "address": source.address, "options": source.options, "hosts": source.allowed_hosts,
        "agreement": source.agreement,
    }


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
