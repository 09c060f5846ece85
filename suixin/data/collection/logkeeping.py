"""What a feed by the log costs its source, watched: how much the source keeps for us, and that it does not do so for ever.

A slot that nobody reads fills the source's disk. Every look at a source tells what its slots keep, and warns above
SUIXIN_LOG_WARN_GIGABYTES; of a feed that cannot run (paused, source paused, agreement over, change of columns undecided) and was not
read for SUIXIN_LOG_IDLE_DAYS the slot is given up: its next run reads the whole table again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from suixin.data.collection import capturing
from suixin.data.collection.drifting import require_mapped
from suixin.data.collection.errors import SourceFault, WrongSource
from suixin.data.collection.models import OPEN, Feed, Source
from suixin.data.collection.opening import connector_of
from suixin.data.collection.runnable import require_runnable
from suixin.data.collection.sources.base import Connector, Kind
from suixin.data.collection.sources.logs import ChangeLog
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import SuixinError

CHECK_SECONDS = 15
LOGGED = ("postgresql", "mysql", "mariadb")


@transaction.atomic
def read_anew(feed: Feed, *, actor: Actor, reason: str = "") -> Feed:
    """The feed, whose next run reads the whole table and takes away what it does not have any more. Raises NotAllowed, WrongSource."""
    policy.require(actor, "collection.declare_feed", feed)
    _require_log(feed)
    feed.position = None
    feed.save(update_fields=["position"])
    audit.record(actor, "collection.asked_full_reading", feed, basis=reason)
    return feed


def release_log(feed: Feed, *, actor: Actor, reason: str = "") -> Feed:
    """The feed, for which the source keeps nothing any more; it is paused. Raises NotAllowed, WrongSource, SourceFault."""
    policy.require(actor, "collection.declare_feed", feed)
    _require_log(feed)
    with _opened(feed.source) as connector:
        _log(feed, connector).drop()
    with transaction.atomic():
        feed.position, feed.log_state, feed.is_paused = None, {}, True
        feed.save(update_fields=["position", "log_state", "is_paused"])
        audit.record(actor, "collection.released_log", feed, basis=reason)
    return feed


def require_editable(feed: Feed, mapping: Mapping[str, str], *, reads_log: bool) -> None:
    """Nothing, when the edit leaves no slot behind; other columns are read anew as a whole. Raises WrongSource."""
    if not feed.reads_log or feed.position is None:
        return
    if not reads_log:
        raise WrongSource("这个采集任务正按日志采集,来源库为它保留着日志;请先在任务页“停止读日志”,再改成别的方式。")
    if dict(mapping) != feed.mapping:
        feed.position = None


def require_log(feed: Feed, connector: Connector) -> None:
    """Nothing, when the feed's table may be read by the log. Raises WrongSource, LogRefused with what to type at the source."""
    require_mapped(feed.resource.contract, feed.mapping)
    _log(feed, connector).require()


def has_log(source: Source) -> bool:
    """Whether the source is of a kind whose log can be read."""
    return Kind(source.kind) is Kind.DATABASE and source.address.split(":", 1)[0] in LOGGED


def missing_for_log(feed: Feed) -> str:
    """What the source's administrator has still to do before the feed can read the log, in words; "" when nothing, or it reads none."""
    if not feed.reads_log:
        return ""
    try:
        with _opened(feed.source) as connector:
            require_log(feed, connector)
    except SourceFault as error:
        return error.sentence
    return ""


def looked_after(source: Source, connector: Connector) -> tuple[str, bool]:
    """What the logs of the source's feeds keep there, in words, and whether that is well; idle ones are given up."""
    told, is_well = [], True
    feeds = Feed.objects.filter(source=source, reads_log=True, position__isnull=False)
    for feed in feeds.select_related("source__organisation", "resource__provider"):
        log = _log(feed, connector)
        if is_idle(feed):
            release_log(feed, actor=SYSTEM, reason="停着的时间超过设置的天数")
            told.append(f"采集任务“{feed}”停了超过 {settings.SUIXIN.log_idle_days} 天,已释放来源库的日志;恢复后会重新全量读取。")
            continue
        health = log.health()
        kept = health.retained or 0
        is_much = kept > settings.SUIXIN.log_warn_gigabytes << 30
        is_well = is_well and not is_much and not health.is_lost
        feed.log_state = {**feed.log_state, "retained": kept, "sentence": health.sentence, "at": clock.now().isoformat()}
        feed.save(update_fields=["log_state"])
        warning = "这些日志占着来源库的磁盘:请尽快运行或恢复这个任务,或在任务页“停止读日志”。" if is_much else ""
        told.append(f"{feed.table}:{health.sentence}{warning}")
    return "".join(told), is_well


def is_idle(feed: Feed) -> bool:
    """Whether the feed cannot run and was not read for longer than a slot may wait."""
    read_at = str(feed.log_state.get("read_at") or "")
    if not read_at or clock.now() - datetime.fromisoformat(read_at) < timedelta(days=settings.SUIXIN.log_idle_days):
        return False
    try:
        require_runnable(feed)
    except SuixinError:
        return True
    return feed.drifts.filter(state=OPEN).exists()


def _require_log(feed: Feed) -> None:
    if not feed.reads_log:
        raise WrongSource("这个采集任务不按日志采集,没有来源库为它保留的日志。")


def _opened(source: Source | None) -> Connector:
    assert source is not None  # noqa: S101 for the type checker: only feeds of databases read logs
    return connector_of(source, seconds=CHECK_SECONDS)


def _log(feed: Feed, connector: Connector) -> ChangeLog:
    from suixin.data.collection.sources.databases import DatabaseConnector

    if not isinstance(connector, DatabaseConnector):
        raise WrongSource("只有数据库来源能按日志采集;请改用别的方式。")
    return connector.log(capturing.watched_of(feed))
