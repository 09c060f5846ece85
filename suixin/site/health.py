"""Whether an installation is well: database, lake, indexes, disk; each check is one finding with a sentence.

Reads the lake's file lists and counts only, never a row.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F, Sum

from suixin.data.catalog.models import Resource
from suixin.data.lake import index_build, snapshots
from suixin.data.lake.models import Batch
from suixin.kit.errors import SuixinError

LEAST_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `part` of the installation, whether it is well, and a sentence."""

    part: str
    is_well: bool
    sentence: str


def findings() -> list[Finding]:
    """Everything looked at, in the order database, disk, lake, index; later parts need the database."""
    found = [*_database(), _disk()]
    if all(finding.is_well for finding in found if finding.part == "database"):
        found += [*_lake(), *_indexes()]
    return found


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
