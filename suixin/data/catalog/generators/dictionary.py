"""The data dictionary of an entry as a document for people: DOCX to edit, PDF to file. Both say the same.

PDF     set in STSong-Light, a font that every reader of Chinese PDF knows by name, so that no font need be installed or shipped
DOCX    names the Chinese fonts that offices have; a reader without them takes its own
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any  # python-docx and reportlab have no types
from xml.sax.saxutils import escape

from suixin.data.catalog.bounds import NONE, bounds_of
from suixin.data.catalog.coding import choices_of
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.generators.facts import Facts
from suixin.data.catalog.generators.sentences import protection_of, rules_of, sentences_of, type_name
from suixin.ground import standards

HEADS = ("序号", "信息项", "字段名", "类型", "规则", "分级与保护", "说明")
WIDTHS = (0.05, 0.15, 0.14, 0.11, 0.29, 0.11, 0.15)  # shares of the page
MANY_CODES = 200
Row = Sequence[str]
_FONT, _SHOWN = "STSong-Light", "宋体"
_MADE = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed day inside the file: the same entry gives the same bytes


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What the document says, before it is a document."""

    title: str
    facts: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]
    rules: Sequence[str]
    code_sets: Sequence[tuple[str, Sequence[tuple[str, str]]]]


def dictionary(contract: Contract, facts: Facts) -> Dictionary:
    """The words of the document."""
    bounds = bounds_of(contract)
    rows = [
        (str(number), item.name, item.field, type_name(item), "；".join(sentences_of(item, bounds.get(item.field, NONE))),
         protection_of(item) or item.level.title, item.description)
        for number, item in enumerate(contract.items, 1)
    ]
    told = [
        ("信息资源代码", contract.code), ("数据表", contract.table), ("目录版本", str(contract.version)), ("提供单位", facts.provider),
        ("摘要", facts.abstract), ("更新周期", facts.update_cycle), ("共享类型", facts.share_type), ("开放类型", facts.open_type),
        ("主键", "、".join(item.name for item in contract.items if item.is_key) or "无"), ("数据分级", contract.level.title),
    ]
    if facts.is_simulated:
        told.append(("备注", "模拟数据"))
    return Dictionary(f"{contract.title} 数据字典", [fact for fact in told if fact[1]], rows, rules_of(contract), _code_sets(contract))


def docx(contract: Contract, facts: Facts) -> bytes:
    """The document as DOCX."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Pt

    told, document = dictionary(contract, facts), Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = "Times New Roman"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _SHOWN)
    document.styles["Normal"].font.size = Pt(10)
    document.core_properties.title, document.core_properties.author = _plain(told.title), "遂心"
    document.core_properties.created = document.core_properties.modified = _MADE.replace(tzinfo=None)
    document.add_heading(_plain(told.title), 0)
    _docx_table(document, None, told.facts, widths=(0.2, 0.8))
    document.add_heading("信息项", 1)
    _docx_table(document, HEADS, told.rows, widths=WIDTHS)
    if told.rules:
        document.add_heading("行内规则", 1)
        for line in told.rules:
            document.add_paragraph(_plain(line), style="List Bullet")
    for name, codes in told.code_sets:
        document.add_heading(_plain(f"代码集 {name}"), 1)
        _docx_table(document, ("代码", "名称"), codes, widths=(0.3, 0.7))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pdf(contract: Contract, facts: Facts) -> bytes:
    """The document as PDF, A4 across, pages numbered."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    registerFont(UnicodeCIDFont(_FONT))
    told, stream = dictionary(contract, facts), io.BytesIO()
    page = SimpleDocTemplate(
        stream, pagesize=landscape(A4), leftMargin=36, rightMargin=36, topMargin=40, bottomMargin=40, title=_plain(told.title),
        author="遂心", lang="zh-CN", invariant=1,
    )
    title = ParagraphStyle("title", fontName=_FONT, fontSize=18, leading=26, spaceAfter=8, wordWrap="CJK")
    head = ParagraphStyle("head", fontName=_FONT, fontSize=13, leading=20, spaceBefore=12, spaceAfter=4, wordWrap="CJK")
    text = ParagraphStyle("text", fontName=_FONT, fontSize=9, leading=13, wordWrap="CJK")
    story = [Paragraph(_xml(told.title), title), _pdf_table(None, told.facts, text, widths=(0.2, 0.8), room=page.width)]
    story += [Paragraph("信息项", head), _pdf_table(HEADS, told.rows, text, widths=WIDTHS, room=page.width)]
    if told.rules:
        story += [Paragraph("行内规则", head), *(Paragraph(f"· {_xml(line)}", text) for line in told.rules)]
    for name, codes in told.code_sets:
        story += [Paragraph(_xml(f"代码集 {name}"), head), _pdf_table(("代码", "名称"), codes, text, widths=(0.3, 0.7), room=page.width)]
    page.build([*story, Spacer(1, 1)], onFirstPage=_numbered, onLaterPages=_numbered)
    return stream.getvalue()


def _docx_table(document: Any, head: Row | None, rows: Sequence[Row], *, widths: Sequence[float]) -> None:  # noqa: ANN401 untyped
    from docx.shared import Emu

    section = document.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    table = document.add_table(rows=0, cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for number, row in enumerate([*([head] if head else []), *rows]):
        cells = table.add_row().cells
        for cell, text, share in zip(cells, row, widths, strict=True):
            cell.width = Emu(int(room * share))
            run = cell.paragraphs[0].add_run(_plain(text))
            run.bold = bool(head) and number == 0
    if head:
        _repeated(table.rows[0])


def _repeated(row: Any) -> None:  # noqa: ANN401 untyped
    """The heading row stands on every page."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _pdf_table(
    head: Row | None, rows: Sequence[Row], style: Any, *, widths: Sequence[float], room: float  # noqa: ANN401 untyped
) -> Any:  # noqa: ANN401 untyped
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import LongTable, Paragraph, TableStyle

    lines = [[Paragraph(_xml(text), style) for text in row] for row in [*([head] if head else []), *rows]]
    look = [("GRID", (0, 0), (-1, -1), 0.5, HexColor("#9CA3AF")), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    if head:
        look.append(("BACKGROUND", (0, 0), (-1, 0), HexColor("#DCE6F1")))
    return LongTable(lines, [room * share for share in widths], repeatRows=1 if head else 0, style=TableStyle(look), splitInRow=1)


def _numbered(canvas: Any, page: Any) -> None:  # noqa: ANN401 untyped
    canvas.setFont(_FONT, 8)
    canvas.drawCentredString(page.pagesize[0] / 2, 22, f"第 {canvas.getPageNumber()} 页")


def _code_sets(contract: Contract) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Every code set once, as code and name; a long one only as far as it helps."""
    found: dict[str, Sequence[tuple[str, str]]] = {}
    for item in contract.items:
        if item.code_set and choices_of(item):
            known = standards.code_set(item.code_set)
            entries = list(known.entries.items())
            more = [("……", f"共 {len(entries):,} 项，其余见代码集“{known.name}”")] if len(entries) > MANY_CODES else []
            found[f"{known.code} {known.name}"] = [*entries[:MANY_CODES], *more]
    return list(found.items())


def _plain(text: str) -> str:
    """Text without the characters that XML has no place for."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff"))


def _xml(text: str) -> str:
    return escape(_plain(text))


