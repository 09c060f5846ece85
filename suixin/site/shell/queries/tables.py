"""Tables that several pages show: items of a contract, batches, a preview of rows."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import log, rows, versions
from suixin.data.access.models import Door, Grant, GrantState, SubjectKind
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.predicates import delivered
from suixin.data.access.query import RowsQuery
from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.catalog.models import Resource
from suixin.data.lake.models import Batch
from suixin.data.quality.scores import DIMENSIONS
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import SuixinError
from suixin.site.shell.components import Cell, Column, Preview, Score, Table, Tone
from suixin.site.shell.queries.cards import total_score
from suixin.site.shell.templatetags.suixin import filesize, level_text, moment, number
from suixin.site.shell.words import dimension, item_type, mask, word

PREVIEW_ROWS = 10
LEVEL_CELLS: dict[int, Tone] = {1: "good", 2: "info", 3: "warn", 4: "bad", 5: "bad"}


def items_table(contract: Contract) -> Table:
    """The items of a contract with type, key, code set, level and mask; columns in which nothing stands are left out."""
    columns = (
        Column(gettext("信息项")), Column(gettext("字段名"), is_code=True), Column(gettext("类型")), Column(gettext("代码集")),
        Column(gettext("分级")), Column(gettext("脱敏")), Column(gettext("说明")),
    )
    rows = [_item_row(item) for item in contract.items]
    kept = [place for place in range(len(columns)) if place < 3 or any(row[place].text for row in rows)]
    return Table(gettext("信息项"), [columns[place] for place in kept], [[row[place] for place in kept] for row in rows])


def batches_table(batches: Iterable[Batch], *, with_files: bool = True, with_links: bool = False) -> Table:
    """Versions of a table: when, from which file, how many rows; a version leads to its batch, `with_links`."""
    columns = [
        Column(gettext("版本"), is_numeric=True), Column(gettext("入库时间")), Column(gettext("来源文件"), is_long=True),
        Column(gettext("收到"), is_numeric=True), Column(gettext("接受"), is_numeric=True), Column(gettext("拒绝"), is_numeric=True),
        Column(gettext("质量"), is_numeric=True), Column(gettext("原件大小"), is_numeric=True), Column(gettext("原件 SM3"), is_code=True),
    ]
    lines = [
        [_version_cell(b) if with_links else Cell(str(b.table_version)), Cell(moment(b.created_at)),
         Cell(b.file_name if with_files else ""), Cell(number(b.rows_in)),
         Cell(number(b.accepted)), Cell(number(b.rejected)), Cell(number(total_score(b.scores))), Cell(filesize(b.size)),
         Cell(f"{b.sm3[:16]}…" if b.sm3 else "")]
        for b in batches
    ]
    return Table(gettext("版本与批次"), columns, lines, gettext("还没有数据入库。"))


def _version_cell(batch: Batch) -> Cell:
    return Cell(str(batch.table_version), reverse("console-batch", args=[batch.resource.table, batch.pk]))


def score_of(batch: Batch | None) -> Score:
    """Quality of the newest batch."""
    if batch is None or not isinstance(batch.scores, dict):
        return Score(None)
    parts = batch.scores
    dimensions = [(dimension(key), float(parts[key]) if key in parts else None) for key in DIMENSIONS]
    note = gettext("按 GB/T 36344-2018 六个维度，对最近一批数据评分。横线表示只凭这一批数据评不了。")
    return Score(total_score(batch.scores), dimensions, note)


def preview_of(resource: Resource, *, actor: Actor, after: str = "", size: int = PREVIEW_ROWS) -> Preview:
    """A page of rows as `actor` may see them; without a right to see them, the sentence that says so.

    What a signed-in reader sees of a resource that is not open is logged.
    """
    try:
        plan = open_plan(actor, resource, door=Door.PAGE)
        if not versions.row_count(resource.table):
            return Preview(Table(gettext("数据预览"), plan_columns(plan), [], gettext("还没有数据入库。")), 0)
        held = versions.pinned(resource.table)
        page = rows.fetch_page(plan, RowsQuery(page_size=size, after=after), held)
        if actor.kind is not ActorKind.PUBLIC and not _is_open(resource):
            given = delivered(plan, held.version)
            log.note_reading(actor, resource.code, action="preview", rows=len(page.rows), plan=plan, delivered=given)
    except SuixinError as error:
        return Preview(Table("", (), ()), None, refusal=error.sentence)
    table = Table(
        gettext("数据预览"), plan_columns(plan),
        [[Cell(shown(row[column.field])) for column in plan.columns] for row in page.rows], gettext("还没有数据入库。"),
    )
    return Preview(table, page.total, page.next_after, not after, masked=[c.name for c in plan.columns if c.mask])


def _is_open(resource: Resource) -> bool:
    return Grant.objects.filter(resource=resource, subject_kind=SubjectKind.PUBLIC, state=GrantState.ACTIVE).exists()


def plan_columns(plan: Plan) -> list[Column]:
    """Column heads of a plan; a masked one says so."""
    return [
        Column(c.name, is_numeric=c.type in ("N", "Y", "B", "I", "F"),
               hint=gettext("已脱敏：%(mask)s") % {"mask": mask(c.mask)} if c.mask else word(c.item.unit))
        for c in plan.columns
    ]


def shown(value: object) -> str:
    """One value of a row as text in a page; empty for null."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value == value.to_integral_value() else format(value, "f")
    text = str(value)
    return text if len(text) <= 120 else text[:117] + "…"


def type_text(item: ItemSpec) -> str:
    """Type with length and decimals, as a person reads it."""
    size = f"({item.length},{item.scale})" if item.length and item.scale else f"({item.length})" if item.length else ""
    return item_type(item.type.value) + size


def level_cell(level: int) -> Cell:
    """A level as a badge."""
    return Cell(level_text(level), tone=LEVEL_CELLS.get(level, "quiet"))


def _item_row(item: ItemSpec) -> Sequence[Cell]:
    marks = [gettext("主键")] if item.is_key else []
    marks += [gettext("加密存储")] if item.is_sealed else []
    marks += [gettext("字段名待定")] if item.is_provisional else []
    marks += [gettext("单位：%(unit)s") % {"unit": word(item.unit)}] if item.unit else []
    return (
        Cell(item.name, note=" · ".join(marks)), Cell(item.field), Cell(type_text(item)), Cell(item.code_set),
        level_cell(int(item.level)), Cell(mask(item.mask), tone="warn" if item.mask else ""), Cell(item.description),
    )
