"""The catalogue's lists as one workbook: demands, responsibilities, what is withheld, what is late, figures of departments."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import xlsxwriter

from suixin.data.catalog import lists, standing
from suixin.data.catalog.models import Demand, Resource, ShareType
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

Row = Sequence[str | int | float]
PORTION = 1_000
DEMANDS, RESPONSIBILITIES, NEGATIVES, LATE, FIGURES = "需求清单", "责任清单", "负面清单", "逾期未更新", "统计"
HEADINGS: Mapping[str, Sequence[str]] = {
    DEMANDS: ("需求名称", "需求单位", "使用场景", "法律依据", "信息项", "期望更新周期", "期望方式", "责任单位", "状态", "响应目录代码",
              "答复", "应办日期", "提出时间"),
    RESPONSIBILITIES: ("信息资源代码", "信息资源名称", "提供单位", "数源部门", "信息项数", "更新周期", "共享类型", "最近更新"),
    NEGATIVES: ("信息资源代码", "信息资源名称", "提供单位", "共享类型", "开放类型", "理由", "依据", "文号", "条款"),
    LATE: ("信息资源代码", "信息资源名称", "提供单位", "更新周期", "最近更新", "逾期天数"),
    FIGURES: ("单位", "已发布", "编制中", "在办变更", "完整度", "逾期未更新", "待答复需求", "逾期需求", "信息系统", "没有目录的系统",
              "信息项", "未明确数源的信息项"),
}


def lists_workbook(*, actor: Actor) -> bytes:
    """Every list, a sheet each; numbers as numbers, everything else as text that is never run. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    today = clock.today()
    rows: Mapping[str, Iterable[Row]] = {
        DEMANDS: _demands(), RESPONSIBILITIES: _responsibilities(), NEGATIVES: _negatives(), LATE: _late(today), FIGURES: _figures(today),
    }
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
        for name, found in rows.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, len(HEADINGS[name]) - 1, 18)
            for at, heading in enumerate(HEADINGS[name]):
                sheet.write_string(0, at, heading, head)
            for number, row in enumerate(found, 1):
                for at, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(number, at, value)
                    else:
                        sheet.write_number(number, at, value)
    return stream.getvalue()


def _demands() -> Iterator[Row]:
    found = Demand.objects.select_related("organisation", "owner", "resource").prefetch_related("items").order_by("pk")
    for one in found.iterator(chunk_size=PORTION):
        yield (
            one.title, one.organisation.name, one.purpose, one.basis, "；".join(item.name for item in one.items.all()),
            str(one.get_cycle_display()), str(one.get_way_display()), one.owner.name if one.owner else "", str(one.get_state_display()),
            one.resource.code if one.resource else "", one.answer, str(one.due_on or ""),
            f"{one.filed_at.astimezone(clock.CHINA):%Y-%m-%d}",
        )


def _responsibilities() -> Iterator[Row]:
    names = dict(Organisation.objects.values_list("uscc", "name"))
    for one in lists.responsibilities().prefetch_related("items").iterator(chunk_size=PORTION):
        yield (
            one.code, one.title, one.provider.name, lists.sources_of(one, names) or one.provider.name, len(one.items.all()),
            str(one.get_update_cycle_display()), str(one.get_share_type_display()), _day(one),
        )


def _negatives() -> Iterator[Row]:
    for one in lists.negatives().iterator(chunk_size=PORTION):
        is_withheld = one.share_type == ShareType.WITHHELD
        basis = (one.withhold_reason, one.basis_document, one.basis_number, one.basis_article) if is_withheld else ("",) * 4
        yield one.code, one.title, one.provider.name, str(one.get_share_type_display()), str(one.get_open_type_display()), *basis


def _late(today: date) -> Iterator[Row]:
    for one in lists.late(today).iterator(chunk_size=PORTION):
        days = standing.days_late(one.standing.late_from, today)
        yield one.code, one.title, one.provider.name, str(one.get_update_cycle_display()), _day(one), days


def _figures(today: date) -> Iterator[Row]:
    for one in lists.figures(today):
        yield (
            one.provider.name, one.published, one.proposed, one.changes, round(one.percent, 1), one.late, one.demands, one.overdue,
            one.systems, one.empty_systems, one.items, one.unsourced,
        )


def _day(entry: Resource) -> str:
    found = getattr(entry, "standing", None)
    return str(found.data_on or "") if found else ""
