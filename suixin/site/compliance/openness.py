"""Checks 7 and 9: nothing sensitive is open, what is open is good, licensed and machine-readable.

The scan reads what the public reads: the open tables through the public's own plan, masks applied. Free text is read
cell by cell (`access.sensitive`): resident IDs and bank cards fail, telephones, plates and addresses may be those of an
office and are told to be looked at. Kinds that only a whole column tells are looked for in a sample of its rows.
"""

from collections.abc import Iterator

from django.conf import settings

from suixin.data.access import engine
from suixin.data.access.models import Door
from suixin.data.access.plans import Column, Plan, open_plan
from suixin.data.access.sensitive import personal_values
from suixin.data.access.sqltext import identifier
from suixin.data.access.versions import Snapshot, pinned, row_count
from suixin.data.catalog.models import Resource
from suixin.data.doors.downloads import rest
from suixin.data.lake.models import Batch
from suixin.data.opening.models import Dataset, Distribution
from suixin.ground.security import scanner
from suixin.ground.security.texts import FORBIDDEN
from suixin.kit.actor import PUBLIC
from suixin.kit.errors import SuixinError
from suixin.site.compliance.values import Heading, Part, Progress
from suixin.site.shell.queries.cards import total_score

SCAN = Heading("7.1", "开放区敏感扫描 0 命中", "个人信息保护法第25条")
QUALITY = Heading("9.1", "开放数据质量评分不低于阈值", "GB/T 36344-2018")
LICENCE = Heading("9.2", "每个开放数据集有利用许可", "开放数林指标;standards/data.md 3.4")
FORMATS = Heading("9.3", "每个开放数据集不少于 2 种机读格式", "开放数林指标;standards/data.md 3.4")
MACHINE_READABLE = frozenset({"csv", "json", "ndjson", "xml", "parquet", "geojson"})
SAMPLE = scanner.SAMPLE


def sensitive_scan(progress: Progress) -> Part:
    """7.1: columns of open tables that show sensitive values, named by table and item, never by value."""
    hits: list[str] = []
    doubtful: list[str] = []
    tables, rows, unread = 0, 0, 0
    for resource in _open_tables():
        progress(f"扫描 {resource.table}")
        try:
            plan = open_plan(PUBLIC, resource, door=Door.DOWNLOAD)
            held = pinned(resource.table)
        except SuixinError:
            unread += 1
            continue
        tables, rows = tables + 1, rows + held.rows
        for column, kind, is_forbidden in _hits(plan, held):
            (hits if is_forbidden else doubtful).append(f"{resource.code} {column.name}({column.field}):{kind}")
    sentence = f"{len(hits)} 个开放的列含有敏感内容;请立即下架核查。" if hits else f"{tables} 张开放表、{rows:,} 行,没有发现敏感内容。"
    if doubtful:
        sentence += f"另有 {len(doubtful)} 个列的文字里有电话、车牌或地址,请核对是否属于个人。"
    figures: dict[str, int | float | str] = {
        "开放表": tables, "行": rows, "命中": len(hits), "待核对": len(doubtful), "公众读不到而未扫描": unread, "每列抽样": SAMPLE,
    }
    return SCAN.judged(not hits, sentence, figures, [*hits, *(f"待核对 {one}" for one in doubtful)])


def quality() -> Part:
    """9.1: open tables whose newest batch scored below the threshold, or was not scored."""
    threshold = settings.SUIXIN.quality_threshold
    low, scored = [], 0
    for resource in _open_tables():
        scores = Batch.objects.landed().whole().filter(resource=resource).order_by("-pk").values_list("scores", flat=True).first()
        total = total_score(scores)
        scored += total is not None
        if total is None or total < threshold:
            low.append(f"{resource.code} {resource.title}:{'未评分' if total is None else round(total, 1)}")
    sentence = f"{len(low)} 张开放表低于 {threshold} 分或未评分。" if low else f"{scored} 张开放表都不低于 {threshold} 分。"
    return QUALITY.judged(not low, sentence, {"阈值": threshold, "已评分": scored, "不达标": len(low)}, low)


def licences() -> Part:
    """9.2: open datasets without a licence."""
    bare = [one.slug for one in Dataset.objects.published() if not one.licence.strip()]
    total = Dataset.objects.published().count()
    sentence = f"{len(bare)} 个开放数据集没有许可。" if bare else f"{total} 个开放数据集都有许可。"
    return LICENCE.judged(not bare, sentence, {"开放数据集": total, "无许可": len(bare)}, bare)


def formats() -> Part:
    """9.3: open tables that the public can download in fewer than two machine-readable formats."""
    few, total = [], 0
    for resource in _open_tables():
        total += 1
        offered = _offered(resource)
        if len(offered & MACHINE_READABLE) < 2:
            few.append(f"{resource.code}:{'、'.join(sorted(offered)) or '没有可下载的格式'}")
    sentence = f"{len(few)} 张开放表的机读格式不足 2 种。" if few else f"{total} 张开放表都有 2 种以上机读格式可下载。"
    return FORMATS.judged(not few, sentence, {"开放表": total, "不足 2 种": len(few)}, few)


def _open_tables() -> list[Resource]:
    shown = Distribution.objects.filter(dataset__in=Dataset.objects.published()).values("resource")
    return [one for one in Resource.objects.published().filter(pk__in=shown).order_by("code") if row_count(one.table)]


def _offered(resource: Resource) -> set[str]:
    try:
        plan = open_plan(PUBLIC, resource, door=Door.DOWNLOAD)
        return {str(one["format"]) for one in rest.describe(plan, slug=resource.table, resource_id=resource.table)}
    except SuixinError:
        return set()


def _hits(plan: Plan, held: Snapshot) -> Iterator[tuple[Column, str, bool]]:
    """Columns that show a kind of sensitive value, and whether that must not be."""
    told: set[tuple[str, str]] = set()
    for column, kind in _whole_columns(plan, held):
        told.add((column.field, kind))
        yield column, kind, True
    for found in personal_values(plan, held):
        if (found.column.field, found.kind) not in told:
            yield found.column, found.kind, found.kind in FORBIDDEN


def _whole_columns(plan: Plan, held: Snapshot) -> Iterator[tuple[Column, str]]:
    rows, parameters = plan.select_sql(held)
    texts = ", ".join(f"CAST({identifier(column.field)} AS VARCHAR) AS {identifier(column.field)}" for column in plan.columns)
    shown = f"(SELECT {texts} FROM ({rows}) AS typed) AS shown"  # noqa: S608  the plan's own SQL, identifiers quoted
    with engine.cursor() as cursor:
        sample = f"SELECT * FROM {shown} USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (1)"  # noqa: S608  as above
        sampled = cursor.execute(sample, parameters).fetchall()
    for place, column in enumerate(plan.columns):
        finding = scanner.find_kind([row[place] for row in sampled], column.name)
        if finding is not None and finding.default_level > 1:
            yield column, finding.kind
