"""CSV, TSV, TXT as a table: encoding and shape are found here, the rows are read by `passes`.

Rows      every record below the header counts, broken ones included; lines that are blank, or hold nothing but
          delimiters, are no rows. Empty cell without quotes = null, with quotes = ""
Broken    too many or too few cells, bytes that do not decode, a quote that never closes, more than 16 MB
"""

from collections.abc import Iterator
from pathlib import Path

from suixin.data.collection.readers.cells import is_blank
from suixin.data.collection.readers.errors import UnknownFormat, UnreadableFile
from suixin.data.collection.readers.limits import MAX_COLUMNS
from suixin.data.collection.readers.passes import Reading
from suixin.data.collection.readers.scratch import Scratch
from suixin.data.collection.readers.sniff import Shape, find_shape
from suixin.data.collection.readers.transcode import Text, as_utf8
from suixin.data.quality.source import SourceTable

_PROSE_CHARACTERS = 60
_LOOKED_AT = 1 << 18  # bytes by which rows are estimated
_NAMES = {"\t": "制表符", ",": "逗号", ";": "分号", "|": "竖线"}


def open_delimited(path: Path, *, name: str, scratch: Scratch, extension: str = "csv") -> SourceTable:
    """The one table of a delimited text file. Raises UnreadableFile: empty, binary, too many columns."""
    text = as_utf8(path, name=name, scratch=scratch)
    shape = find_shape(text, is_tab_hinted=extension == "tsv")
    if shape.width > MAX_COLUMNS:
        raise UnreadableFile(name, f"有 {shape.width} 列，超过 {MAX_COLUMNS} 列的上限，请拆分后上传。", file_format="CSV")
    kept = tuple(i for i in range(shape.width) if not _is_empty_column(shape, i))
    if not kept or _is_only_delimiters(shape):
        raise UnreadableFile(name, "文件里没有内容（只有空行或分隔符），请核对后重新上传。", file_format="CSV")
    if extension in ("txt", "") and _is_prose(shape):
        raise UnknownFormat(name, "纯文本文档")
    file_format = "tsv" if shape.delimiter == "\t" else "csv"
    reading = Reading(text, shape, kept)
    return SourceTable(
        name=name, columns=reading.columns, batches=reading.batches, format=file_format,
        notes=tuple(_notes(text, shape, kept)), title=shape.layout.title, rows=_estimated(text),
    )  # fmt: skip


def _estimated(text: Text) -> int:
    """About how many rows: by the lines of the first bytes."""
    with text.path.open("rb") as file:
        file.seek(text.start)
        head = file.read(min(_LOOKED_AT, text.end - text.start))
    return round(head.count(b"\n") * (text.end - text.start) / max(1, len(head)))


def _is_prose(shape: Shape) -> bool:
    """One column of long lines is a letter or a licence, not a list."""
    lengths = [len(row[0]) for row in shape.sample if row[0]] if shape.width == 1 else []
    return bool(lengths) and sum(lengths) / len(lengths) > _PROSE_CHARACTERS


def _is_only_delimiters(shape: Shape) -> bool:
    texts = [cell for row in (*shape.sample, shape.layout.names) for cell in row if cell] if shape.width == 1 else ["x"]
    return all(not text.strip('\t,;| "') for text in texts)


def _is_empty_column(shape: Shape, index: int) -> bool:
    return index in shape.layout.blank and all(is_blank(row[index]) for row in shape.sample)


def _notes(text: Text, shape: Shape, kept: tuple[int, ...]) -> Iterator[str]:
    layout = shape.layout
    yield f"编码：{text.encoding}。" + (f"分隔符：{_NAMES[shape.delimiter]}。" if shape.delimiter in _NAMES else "")
    if text.has_faults:
        yield f"个别字节无法按 {text.encoding} 解码，所在行单独列出。"
    if layout.first:
        yield f"跳过表头上方 {layout.first} 行。"
    if layout.data - layout.first > 1:
        yield f"表头占 {layout.data - layout.first} 行，上下级以“_”连接。"
    if not layout.has_header:
        yield "没有表头，列名按位置取“列1、列2……”。"
    if len(kept) < shape.width:
        yield f"去掉 {shape.width - len(kept)} 个没有表头也没有数据的列。"
    if shape.surplus:
        yield f"数据比表头少 {len(shape.surplus)} 列，没有数据的列名：{'、'.join(shape.surplus)[:200]}。"
    yield from (f"表尾注释：{note[:200]}" for note in shape.footnotes)
