"""All background work on one page: kinds of jobs, when they run by themselves, loops of a few seconds.

Every kind is idempotent: it may run twice, and after a kill it does.
"""

from datetime import time, timedelta

from django.core.management import call_command

from suixin.data.access import jobs as access
from suixin.data.catalog.exchange import handing
from suixin.data.collection import filling, watching
from suixin.data.collection import jobs as collection
from suixin.data.collection.destruction import deciding
from suixin.data.collection.destruction import jobs as destruction
from suixin.data.doors.files import building, clearing
from suixin.data.doors.files.ordering import JOB as PACKAGE
from suixin.data.doors.subscriptions import subscribing
from suixin.data.doors.tables import jobs as tables
from suixin.data.doors.tables.declaring import JOB as TABLE_EXCHANGE
from suixin.data.lake.repair import repair, vacuum
from suixin.data.opening import actions as opening
from suixin.data.quality import version_profiles
from suixin.data.quality.library import suggesting
from suixin.data.quality.radar import jobs as radar
from suixin.data.sharing.cascade import jobs as cascade
from suixin.data.sharing.cascade.serving import JOB as CASCADE
from suixin.data.sharing.jobs import daily
from suixin.ground.audit import jobs as audit
from suixin.ground.audit.sealing import seal_pending
from suixin.ground.files.cleaning import forget_orphans
from suixin.ground.flow import jobs as flow
from suixin.ground.flow import recomputing
from suixin.ground.flow.sweeping import sweep
from suixin.ground.forms.forgetting import forget_drafts
from suixin.ground.jobs import keeping
from suixin.ground.jobs.registry import Given, Kind, Loop, Schedule
from suixin.ground.jobs.registry import declare as declared
from suixin.ground.notify import keeping as messages
from suixin.ground.notify.delivering import deliver_due
from suixin.ground.people import sessions
from suixin.ground.search import jobs as search
from suixin.kit.actor import SYSTEM
from suixin.services.cases import jobs as cases
from suixin.services.items import jobs as items
from suixin.services.items.exchange import handing as items_handing
from suixin.services.matters import jobs as matters
from suixin.site.compliance.report import compliance, summary
from suixin.site.governance import making


def _compliance_job(given: Given) -> str:
    parts = compliance(lambda text: given.tell(50, text))
    given.keep({"parts": [part.as_dict() for part in parts]})
    return summary(parts)


def _profile(_: Given) -> str:
    return f"探查新版本 {version_profiles.profile_due(actor=SYSTEM, then=suggesting.suggest_quietly)} 个。"


KINDS = (
    Kind("collection.collect", "归集上传的文件", collection.collect),
    Kind("collection.land_waiting", "处理滞留文件", collection.land_waiting),
    Kind("catalog.bring", "导入目录", handing.bring),
    Kind(items_handing.KIND, "导入政务服务事项", items_handing.bring),
    Kind("items.begin", "按计划日期生效的事项进入检索", items.begin),
    Kind("cases.watch", "亮牌、核对容缺材料和缴费", cases.watch, attempts=2),
    Kind("matters.advance", "跟进一件事办件", matters.advance, attempts=2),
    Kind("collection.feed", "采集来源数据", collection.run, seconds=24 * 3600),
    Kind("collection.due", "启动到时的采集任务", collection.enqueue_due, attempts=1),
    Kind(deciding.JOB, "销毁数据", destruction.run),
    Kind("purge.propose", "提出保存期满的数据，接着做中断的销毁", destruction.propose, attempts=2),
    Kind("collection.watch", "查看前置机和供数协议", lambda _: watching.look_after(), attempts=1),
    Kind("collection.logs", "查看来源库为采集保留的日志", collection.look_after_logs, attempts=1),
    Kind("collection.forget", "清理已处理的上传原件", collection.forget),
    Kind("lake.mend", "修复数据湖", lambda _: _mend()),
    Kind("lake.vacuum", "清理数据湖的过期文件", lambda _: f"清理过期文件 {len(vacuum())} 个。"),
    Kind("quality.profile", "探查各表新版本的列、建议规则", _profile),
    Kind("quality.monthly", "生成上月的治理报告", lambda _: making.make_last_month(actor=SYSTEM)),
    Kind("sharing.daily", "结束到期的共享、提醒使用记录、核查违规情形", lambda _: daily()),
    Kind(CASCADE, "与级联平台收发", lambda _: cascade.run(), attempts=1, seconds=24 * 3600),
    Kind("cascade.reconcile", "与级联平台每日对账", cascade.reconcile, attempts=2),
    Kind("opening.refresh", "更新开放数据集的行数与日期", lambda _: f"更新数据集 {len(opening.refresh_stale(actor=SYSTEM))} 个。"),
    Kind(radar.ONE, "比对一条目录的重复项", radar.scan_entry),
    Kind(radar.ALL, "重复雷达全量比对", radar.scan_all, attempts=2),
    Kind("search.rebuild", "重建检索索引", search.rebuild),
    Kind("flow.measure", "复测环节", flow.measure, failed=flow.measure_failed),
    Kind("audit.archive", "归档审计记录", lambda _: audit.archive_old()),
    Kind("audit.verify", "核验审计链", lambda _: audit.verify_all()),
    Kind("site.compliance", "合规自检", _compliance_job, attempts=2),
    Kind("access.rotate", "封存访问日志", lambda _: access.rotate_log()),
    Kind("access.deliveries", "核对批量提供、记下授权的使用", lambda _: access.keep_deliveries()),
    Kind(TABLE_EXCHANGE, "库表交换", tables.run, seconds=24 * 3600),
    Kind("exchange.due", "启动到时的数据交换", tables.enqueue_due, attempts=1),
    Kind(subscribing.JOB, "订阅推送", subscribing.run),
    Kind(PACKAGE, "生成数据包", building.run, seconds=24 * 3600),
    Kind("packages.clear", "清理过期和失效的数据包", lambda _: clearing.clear()),
    Kind("shares.refresh", "更新授权的共享表", access.refresh_shares),
    Kind("shares.clear", "删除已失效授权的共享表", lambda _: access.clear_shares()),
    Kind(recomputing.KIND, "日历变更后重算到期时间", recomputing.recompute),
    Kind("forms.forget", "清理过期草稿与无主附件", lambda _: _forget_forms()),
    Kind("site.clean", "清理过期会话与旧作业", lambda _: _clean()),
)
SCHEDULES = (
    Schedule("collection.land_waiting", every=timedelta(minutes=10)),
    Schedule("collection.due", every=timedelta(minutes=1)),
    Schedule("collection.watch", every=timedelta(minutes=5)),
    Schedule("collection.logs", every=timedelta(minutes=30)),
    Schedule("collection.forget", every=timedelta(hours=1)),
    Schedule("lake.mend", every=timedelta(hours=1)),
    Schedule("lake.vacuum", daily=time(2, 20)),
    Schedule("quality.profile", every=timedelta(minutes=5)),
    Schedule("purge.propose", every=timedelta(hours=1)),
    Schedule("quality.monthly", daily=time(5, 0)),  # once a month: what is there already is left alone
    Schedule("sharing.daily", daily=time(1, 10)),
    Schedule(CASCADE, every=timedelta(minutes=1)),
    Schedule("cascade.reconcile", daily=time(0, 40)),
    Schedule("opening.refresh", every=timedelta(minutes=10)),
    Schedule("audit.archive", daily=time(2, 50)),
    Schedule("audit.verify", daily=time(4, 30)),
    Schedule("site.compliance", daily=time(4, 0)),
    Schedule(radar.ALL, daily=time(1, 30)),
    Schedule("access.rotate", every=timedelta(minutes=10)),
    Schedule("access.deliveries", every=timedelta(hours=1)),
    Schedule("exchange.due", every=timedelta(minutes=1)),
    Schedule("packages.clear", every=timedelta(minutes=10)),
    Schedule("shares.clear", every=timedelta(minutes=10)),
    Schedule("forms.forget", daily=time(3, 0)),
    Schedule("cases.watch", every=timedelta(minutes=10)),
    Schedule("matters.advance", every=timedelta(minutes=1)),
    Schedule("items.begin", every=timedelta(minutes=10)),
    Schedule("site.clean", daily=time(3, 10)),
)
LOOPS = (Loop("seal", 2.0, seal_pending), Loop("notify", 3.0, deliver_due), Loop("sweep", 60.0, sweep))


def declare() -> None:
    """Make all of it known; harmless when called again."""
    declared(*KINDS, *SCHEDULES, *LOOPS)


def _mend() -> str:
    done = repair()
    return f"补记批次 {len(done.restored)} 个,撤销未完成批次 {len(done.dropped)} 个,清理残留文件 {len(done.removed)} 个。"


def _forget_forms() -> str:
    drafts = forget_drafts() + filling.forget_drafts()
    attachments, removed = forget_orphans()
    return f"忘记过期草稿 {drafts} 份，无主附件 {attachments} 个，清理文件 {removed} 个。"


def _clean() -> str:
    call_command("clearsessions", verbosity=0)
    sessions.forget_old()
    handing.forget_settled()
    items_handing.forget_settled()
    return f"过期会话已清理;忘记旧作业 {keeping.forget_old()} 个、旧消息 {messages.forget_old()} 条。"
