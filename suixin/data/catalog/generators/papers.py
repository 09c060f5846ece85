"""A paper of headings, tables and lines as a document for people: DOCX to edit, PDF to file. Both say the same.

PDF     carries the characters that it says, of a font of this machine (`fonts`). On a machine that has none it names STSong-Light,
        which readers replace by a Chinese font of theirs, and says so, in English too: where they have none the Chinese is blank
DOCX    names the Chinese fonts that offices have, and no fonts of a theme, which would stand before them; a reader without them
        takes its own. Widths stand in the table's grid and in its cells: Word reads these, LibreOffice that
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any  # python-docx and reportlab have no types
from xml.sax.saxutils import escape

from suixin.data.catalog.generators import fonts

Row = Sequence[str]
_NAMED, _SHOWN, _SHADE = "STSong-Light", "宋体", "DCE6F1"
_OURS = "0123456789第页· "  # what we add to a paper's own characters
_BARE_ZH = "本文件没有嵌入中文字体：生成它的服务器上没有。显示为空白时，请在服务器上安装 fonts-noto-cjk 后重新生成，或下载 DOCX。"
_BARE_EN = "No Chinese font is embedded: the server that made this file has none. If the text is blank, install fonts-noto-cjk there."
_MADE = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed day inside the file: the same paper gives the same bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A heading ("": none), lines of text, a table (`widths` are shares of the page, empty: no table)."""

    heading: str = ""
    head: Row | None = None
    rows: Sequence[Row] = ()
    widths: Sequence[float] = ()
    lines: Sequence[str] = ()
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document says, before it is a document."""

    title: str
    parts: Sequence[Part]
    is_upright: bool = False


def docx(paper: Paper) -> bytes:
    """The paper as DOCX: A4, across unless it is upright."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT if paper.is_upright else WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Mm(210), Mm(297)) if paper.is_upright else (Mm(297), Mm(210))
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(14)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = "Times New Roman"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), _SHOWN)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    document.styles["Normal"].font.size = Pt(10)
    document.core_properties.title, document.core_properties.author = _plain(paper.title), "遂心"
    document.core_properties.created = document.core_properties.modified = _MADE.replace(tzinfo=None)
    document.add_heading(_plain(paper.title), 0)
    for part in paper.parts:
        if part.heading:
            document.add_heading(_plain(part.heading), 1)
        for line in part.lines:
            document.add_paragraph(_plain(line), style="List Bullet" if part.is_list else None)
        if part.widths:
            _docx_table(document, part)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pdf(paper: Paper) -> bytes:
    """The paper as PDF, A4 across, pages numbered."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    embedded = fonts.registered(_OURS + "".join(_texts(paper)))
    font = embedded or _unembedded()
    stream = io.BytesIO()
    page = SimpleDocTemplate(
        stream, pagesize=landscape(A4), leftMargin=36, rightMargin=36, topMargin=40, bottomMargin=40, title=_plain(paper.title),
        author="遂心", lang="zh-CN", invariant=1,
    )
    title = ParagraphStyle("title", fontName=font, fontSize=18, leading=26, spaceAfter=8, wordWrap="CJK")
    head = ParagraphStyle("head", fontName=font, fontSize=13, leading=20, spaceBefore=12, spaceAfter=4, wordWrap="CJK")
    text = ParagraphStyle("text", fontName=font, fontSize=9, leading=13, wordWrap="CJK")
    story = [Paragraph(_xml(paper.title), title)]
    for part in paper.parts:
        story += [Paragraph(_xml(part.heading), head)] if part.heading else []
        story += [Paragraph(f"{'· ' if part.is_list else ''}{_xml(line)}", text) for line in part.lines]
        story += [_pdf_table(part, text, room=page.width)] if part.widths else []
    if embedded is None:
        story += [Paragraph(_BARE_ZH, text), Paragraph(_BARE_EN, ParagraphStyle("bare", fontName="Helvetica", fontSize=9, leading=13))]
    numbered = partial(_numbered, font)
    page.build([*story, Spacer(1, 1)], onFirstPage=numbered, onLaterPages=numbered)
    return stream.getvalue()


def _unembedded() -> str:
    """The name of a font that readers of Chinese PDF know."""
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont

    registerFont(UnicodeCIDFont(_NAMED))
    return _NAMED


def _texts(paper: Paper) -> Iterator[str]:
    """Every text that the paper says."""
    yield paper.title
    for part in paper.parts:
        yield part.heading
        yield from part.lines
        yield from (text for row in ((part.head or ()), *part.rows) for text in row)


def _docx_table(document: Any, part: Part) -> None:  # noqa: ANN401 untyped
    from docx.shared import Emu

    section = document.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    table = document.add_table(rows=0, cols=len(part.widths))
    table.style, table.autofit = "Table Grid", False
    for column, share in zip(table.columns, part.widths, strict=True):
        column.width = Emu(int(room * share))
    for number, row in enumerate([*([part.head] if part.head else []), *part.rows]):
        cells = table.add_row().cells
        for cell, text, share in zip(cells, row, part.widths, strict=True):
            cell.width = Emu(int(room * share))
            run = cell.paragraphs[0].add_run(_plain(text))
            run.bold = bool(part.head) and number == 0
    if part.head:
        _repeated(table.rows[0])


def _repeated(row: Any) -> None:  # noqa: ANN401 untyped
    """The heading row stands on every page, shaded as in the PDF."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in row.cells:
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), _SHADE)
        cell._tc.get_or_add_tcPr().append(shade)


def _pdf_table(part: Part, style: Any, *, room: float) -> Any:  # noqa: ANN401 untyped
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import LongTable, Paragraph, TableStyle

    lines = [[Paragraph(_xml(text), style) for text in row] for row in [*([part.head] if part.head else []), *part.rows]]
    look = [("GRID", (0, 0), (-1, -1), 0.5, HexColor("#9CA3AF")), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    if part.head:
        look.append(("BACKGROUND", (0, 0), (-1, 0), HexColor(f"#{_SHADE}")))
    widths = [room * share for share in part.widths]
    return LongTable(lines, widths, repeatRows=1 if part.head else 0, style=TableStyle(look), splitInRow=1)


def _numbered(font: str, canvas: Any, page: Any) -> None:  # noqa: ANN401 untyped
    canvas.setFont(font, 8)
    canvas.drawCentredString(page.pagesize[0] / 2, 22, f"第 {canvas.getPageNumber()} 页")


def _plain(text: str) -> str:
    """Text without the characters that XML has no place for."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff"))


def _xml(text: str) -> str:
    return escape(_plain(text))
