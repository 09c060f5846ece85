"""Whether an installation is well: database, lake, indexes, disk; each check is one finding with a sentence.

Reads the lake's file lists and counts only, never a row.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F, Sum

from suixin.data.catalog.models import Resource
from suixin.data.collection import mending
from suixin.data.lake import index_build, snapshots
from suixin.data.lake.lease import stale_leases
from suixin.data.lake.models import Batch
from suixin.ground.audit import standing as seals
from suixin.ground.files import scanning
from suixin.ground.flow import silence, sweeping
from suixin.ground.jobs import queries as jobs
from suixin.ground.notify import queries as notify
from suixin.kit import clock
from suixin.kit.errors import SuixinError

LEAST_FREE_BYTES = 1 << 30
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `part` of the installation, whether it is well, and a sentence."""

    part: str
    is_well: bool
    sentence: str


def findings() -> list[Finding]:
    """Everything looked at: database, disk, sign-in, lake, archive, index, jobs, seal, outbox, clock, scanner; most need the database."""
    found = [*_database(), _disk(), _second_place(), *_made_up()]
    if all(finding.is_well for finding in found if finding.part == "database"):
        found += [*_lake(), *_consistency(), *_indexes(), *_jobs(), *_seals(), *_outbox(), *_clock()]
    found.append(Finding("files", *scanning.standing()))
    return found


@dataclass(frozen=True, slots=True)
class Milestone:
    """When something that has to happen again and again last did."""

    title: str
    value: str
    note: str = ""


def milestones() -> list[Milestone]:
    """What the health page says beside the findings."""
    anchor, backup = seals.last_anchor(), seals.last_of("site.backup_made")
    return [
        Milestone("上次封存锚点", _told(anchor), "" if anchor else "还没有锚点"),
        Milestone("上次备份", _told(backup), "" if backup else "还没有备份"),
    ]


def _told(at: datetime | None) -> str:
    return f"{at.astimezone(clock.CHINA):%Y-%m-%d %H:%M}" if at else "—"


def _jobs() -> Iterator[Finding]:
    failed, waited = jobs.counts()["failed"], jobs.longest_wait()
    if failed:
        yield Finding("jobs", False, f"有 {failed} 个后台作业失败;请在工作台的“后台作业”里查看原因,重新运行或放弃。")
    if waited > PATIENCE and not jobs.living_workers():
        yield Finding("jobs", False, "有后台作业在等待,但没有作业进程在运行;请运行 suixin worker。")
    elif not failed:
        yield Finding("jobs", True, "后台作业没有失败,也没有积压。")


def _outbox() -> Iterator[Finding]:
    """Each channel: what waits too long, when it last took a message."""
    now, since, last = clock.now(), notify.stuck_since(clock.now()), notify.last_success()
    failed = sum(n for (_, state), n in notify.counts().items() if state in ("failed", "given_up"))
    for channel in notify.channels():
        lag, told = now - since.get(channel, now), _told(last.get(channel))
        name = notify.channel_name(channel)
        if lag > PATIENCE:
            yield Finding("notify", False, f"渠道“{name}”的消息已积压 {int(lag.total_seconds() // 60)} 分钟，上次发出 {told}；请看发件箱。")
        else:
            yield Finding("notify", True, f"渠道“{name}”没有积压，上次发出 {told}。")
    if not notify.channels():
        yield Finding("notify", True, "没有设置站外消息渠道，消息只在站内显示。")
    if failed:
        yield Finding("notify", True, f"有 {failed} 条消息没有发出；请在发件箱查看原因，重发或改正地址。")


def _seals() -> Iterator[Finding]:
    refused, lag = seals.refused(), seals.lag()
    if refused:
        yield Finding("seal", False, f"有 {refused} 条审计记录在封存前被改动;请运行 suixin audit verify 查明。")
    elif lag > PATIENCE and jobs.living_workers():
        yield Finding("seal", False, f"审计记录已有 {int(lag.total_seconds() // 60)} 分钟没有封存;请查看作业进程的日志。")
    else:
        yield Finding("seal", True, "审计记录没有在封存前被改动。")


def _clock() -> Iterator[Finding]:
    """Whether lights turn in time, seen by what should have turned; without a worker there is a finding of its own."""
    lag = sweeping.lag()
    if lag > PATIENCE:
        minutes = int(lag.total_seconds() // 60)
        yield Finding("clock", False, f"待办的灯色已有 {minutes} 分钟没有更新；请运行 suixin worker，或查看作业进程的日志。")
    else:
        yield Finding("clock", True, "待办的灯色和督办按时更新。")
    if stuck := silence.stuck():
        yield Finding("clock", False, f"有 {stuck} 个环节到期应按默示规则办理，多次没有成功；原因在发给数据局的消息和环节页里。")


def _database() -> Iterator[Finding]:
    try:
        waiting = _waiting_migrations()
        broken = _sqlite_faults()
    except DatabaseError as error:
        yield Finding("database", False, f"数据库不可用:{error}。请检查 SUIXIN_DATABASE_URL。")
        return
    if waiting:
        yield Finding("database", False, f"有 {waiting} 个迁移未执行;请运行 suixin migrate。")
    if broken:
        yield Finding("database", False, f"SQLite 自检不通过:{broken}。请从备份恢复。")
    if not waiting and not broken:
        yield Finding("database", True, f"数据库可用({connection.vendor})。")


def _waiting_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _sqlite_faults() -> str:
    if connection.vendor != "sqlite":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(5)")
        lines = [str(row[0]) for row in cursor.fetchall()]
    return "" if lines == ["ok"] else ";".join(lines)


def _disk() -> Finding:
    home: Path = settings.SUIXIN.home
    free = shutil.disk_usage(home).free
    text = f"{home} 所在磁盘剩余 {free / (1 << 30):.1f} GB"
    return Finding("disk", free >= LEAST_FREE_BYTES, text + ("。" if free >= LEAST_FREE_BYTES else ",不足 1 GB;请清理或扩容。"))


def _second_place() -> Finding:
    """Where audit anchors go besides the database; on the same disk they fall with it, which is told, not counted as a fault."""
    place, home = settings.SUIXIN.anchors, settings.SUIXIN.home
    nearest = next(path for path in (place, *place.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        return Finding("audit", False, f"审计锚点文件夹 {place} 不能写入;请检查 SUIXIN_ANCHORS 的权限。")
    if nearest.stat().st_dev == home.stat().st_dev:
        return Finding("audit", True, f"审计锚点与系统在同一块磁盘({place});建议用 SUIXIN_ANCHORS 放到另一台机器或只追加的存储。")
    return Finding("audit", True, f"审计锚点在另一块磁盘:{place}。")


def _made_up() -> Iterator[Finding]:
    """That people who are nobody may sign in: well nowhere but in a demonstration, which is told there too."""
    if settings.SUIXIN.simulated_identity:
        told = "模拟登录开着:知道演示密码的人都能以模拟居民、企业的名义登录办事。只用于演示;正式使用前请删除 SUIXIN_SIMULATED_IDENTITY。"
        yield Finding("identity", False, told)


def _with_data() -> list[Resource]:
    return list(Resource.objects.filter(pk__in=Batch.objects.landed().values("resource")).order_by("table"))


def _lake() -> Iterator[Finding]:
    reserved = Batch.objects.reserved().count()
    if reserved:
        yield Finding("lake", False, f"有 {reserved} 个批次停在处理中;若没有归集正在进行,重新启动服务会自动修复。")
    resources = _with_data()
    faults = [fault for resource in resources for fault in _table_faults(resource)]
    for fault in faults:
        yield Finding("lake", False, fault)
    if not faults:
        yield Finding("lake", True, f"数据湖 {len(resources)} 张表,文件齐全,行数与批次相符。")


def _table_faults(resource: Resource) -> Iterator[str]:
    try:
        snapshot = snapshots.snapshot(resource.table)
    except (SuixinError, OSError) as error:
        yield f"表 {resource.table} 打不开:{error}"
        return
    absent = [path for path in snapshot.paths if not Path(path).is_file()]
    if absent:
        yield f"表 {resource.table} 缺少 {len(absent)} 个数据文件,例如 {Path(absent[0]).name};请从备份恢复。"
    batches = Batch.objects.landed().filter(resource=resource)
    wanted = batches.aggregate(total=Sum(F("accepted") - F("replaced")))["total"] or 0
    if snapshot.rows != wanted:
        yield f"表 {resource.table} 有 {snapshot.rows} 行,而批次合计(接受减替换){wanted} 行;请查看该资源的批次记录。"


def _consistency() -> Iterator[Finding]:
    """Whether control database, lake and archive tell the same; what a start mends says so."""
    found, count = mending.disagreements(), 0
    for parts, told in (
        (found.lost, "有 {n} 个批次数据湖里没有,例如 {first};可从归档的原件重新入库,{mend}"),
        (found.stuck, "有 {n} 个批次数据湖里没有,之后又有新批次或原件不在,例如 {first};不能自动重新入库,请从备份恢复,或请提供单位重报。"),
        (found.chunks, "有 {n} 个等待入库的数据块原件不在了,例如 {first};会从来源重新读取,{mend}"),
        (found.ahead, "有 {n} 个采集任务的控制库比数据湖旧,例如 {first};会先暂停,{mend}"),
        (found.runs, "有 {n} 次采集的进程已经中断,例如 {first};{mend}"),
        (stale_leases(), "有 {n} 张表的写入占用是已中断的进程留下的,例如 {first};{mend}"),
        (found.missing, "归档里缺少 {n} 个原件,例如 {first};数据表不受影响,原件请从备份恢复。"),
    ):
        if parts:
            count += 1
            yield Finding("archive", False, told.format(n=len(parts), first=parts[0], mend="请运行 suixin check --mend,或重新启动服务。"))
    if found.unnamed:
        told = f"归档里有 {len(found.unnamed)} 个原件没有批次和记录,是中断的归集留下的;可用 suixin check --mend 清理。"
        yield Finding("archive", True, told)
    if not count:
        yield Finding("archive", True, "控制库、数据湖、归档互相一致。")


def _indexes() -> Iterator[Finding]:
    behind = []
    for resource in _with_data():
        if resource.has_lookup and resource.contract.key:
            version = snapshots.snapshot(resource.table).version
            if index_build.current_version(resource.table) != version:
                behind.append(resource.table)
    if behind:
        yield Finding("index", False, f"这些表的主键索引不是最新版本:{'、'.join(behind)};重新启动服务会自动重建。")
    else:
        yield Finding("index", True, "主键索引都是最新版本。")
