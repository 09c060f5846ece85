"""What a file is, by its content first and its name second; formats that are not taken have a Chinese name."""

import re
import zipfile
from enum import StrEnum
from pathlib import Path

from suixin.data.collection.readers.errors import UnknownFormat, UnreadableFile


class Format(StrEnum):
    """The formats that are taken."""

    TEXT = "text"
    JSON = "json"
    WORKBOOK = "workbook"
    PARQUET = "parquet"
    SQLITE = "sqlite"
    GZIP = "gzip"
    ZSTD = "zstd"
    ZIP = "zip"


TITLES = {
    Format.TEXT: "文本表格", Format.JSON: " JSON ", Format.WORKBOOK: " Excel ", Format.PARQUET: " Parquet ",
    Format.SQLITE: " SQLite ", Format.GZIP: " gzip ", Format.ZSTD: " zstd ", Format.ZIP: " zip ",
}  # fmt: skip
_TEXT_NAMES = frozenset({"csv", "tsv", "tab", "txt", "psv", "dat", "asc", ""})
_JSON_NAMES = frozenset({"json", "geojson", "ndjson", "jsonl", "cityjson"})
_TAKEN_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\x1f\x8b", Format.GZIP), (b"\x28\xb5\x2f\xfd", Format.ZSTD), (b"PAR1", Format.PARQUET),
    (b"SQLite format 3\x00", Format.SQLITE), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format.WORKBOOK),
)  # fmt: skip
_REFUSED_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF 文档"), (b"\x89PNG", "PNG 图片"), (b"\xff\xd8\xff", "JPEG 图片"), (b"GIF8", "GIF 图片"),
    (b"BZh", "bzip2 压缩包"), (b"\xfd7zXZ", "xz 压缩包"), (b"7z\xbc\xaf", "7-Zip 压缩包"), (b"Rar!", "RAR 压缩包"),
    (b"ARROW1", "Arrow/Feather 文件"), (b"ORC", "ORC 文件"), (b"\x89HDF", "HDF5 文件"), (b"II*\x00", "TIFF 图片"),
    (b"MM\x00*", "TIFF 图片"), (b"\x7fELF", "可执行程序"), (b"MZ\x90", "可执行程序"), (b"Obj\x01", "Avro 文件"),
    (b"{\\rtf", "RTF 文档"), (b"\x00\x00\x27\x0a", "Shapefile 图形文件"),
)  # fmt: skip
_REFUSED_NAMES = {
    "yaml": "YAML 文档", "yml": "YAML 文档", "md": "Markdown 文档", "markdown": "Markdown 文档", "dcm": "DICOM 影像",
    "dicom": "DICOM 影像", "cap": "CAP 预警报文", "gpx": "GPX 轨迹", "kml": "KML 地图", "kmz": "KMZ 地图",
    "atom": "Atom 订阅源", "rss": "RSS 订阅源", "html": "HTML 网页", "htm": "HTML 网页", "xhtml": "HTML 网页",
    "xml": "XML 文档", "gml": "GML 地图", "doc": "Word 文档", "docx": "Word 文档", "wps": "WPS 文档", "et": "WPS 表格",
    "pdf": "PDF 文档", "ofd": "OFD 文档", "ppt": "演示文稿", "pptx": "演示文稿", "rtf": "RTF 文档", "ods": "ODS 表格",
    "odt": "ODT 文档", "xlsb": "XLSB 表格", "tar": "tar 包", "tgz": "tar 包", "bz2": "bzip2 压缩包", "xz": "xz 压缩包",
    "7z": "7-Zip 压缩包", "rar": "RAR 压缩包", "shp": "Shapefile 图形文件", "dbf": "DBF 数据表", "mdb": "Access 数据库",
    "accdb": "Access 数据库", "sql": "SQL 脚本", "py": "程序源码", "js": "程序源码", "sh": "脚本", "log": "日志文件",
    "ini": "配置文件", "toml": "配置文件", "conf": "配置文件", "png": "PNG 图片", "jpg": "JPEG 图片", "jpeg": "JPEG 图片",
    "gif": "GIF 图片", "svg": "SVG 图片", "tif": "TIFF 图片", "tiff": "TIFF 图片", "mp4": "视频", "mp3": "音频",
    "feather": "Arrow/Feather 文件", "arrow": "Arrow/Feather 文件", "orc": "ORC 文件", "avro": "Avro 文件", "h5": "HDF5 文件",
    "nc": "NetCDF 文件", "las": "点云文件", "glb": "三维模型", "dwg": "CAD 图纸", "dxf": "CAD 图纸", "exe": "可执行程序",
}  # fmt: skip
_MARKUP: tuple[tuple[bytes, str], ...] = (
    (rb"<html|<!doctype html", "HTML 网页"), (rb"<feed[\s>]", "Atom 订阅源"),
    (rb"urn:oasis:names:tc:emergency:cap", "CAP 预警报文"), (rb"<gpx[\s>]", "GPX 轨迹"),
    (rb"<kml[\s>]", "KML 地图"), (rb"<rss[\s>]", "RSS 订阅源"),
    (rb"<svg[\s>]", "SVG 图片"),
)  # fmt: skip
_MARKUP_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!doctype|<!--|<[a-z][\w:.-]*(?:\s+[\w:.-]+\s*=|\s*/?>))", re.IGNORECASE)
_JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")


def extension_of(name: str) -> str:
    """The last extension in lower case; "" without one, and for data.csv.txt "txt"."""
    return Path(name).suffix.lower().lstrip(".")


def find_format(path: Path, name: str) -> Format:
    """The format of the file called `name`. Raises UnknownFormat by name, UnreadableFile when it is empty."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise UnreadableFile(name, "文件是空的（0 字节），请核对后重新上传。")
    extension = extension_of(name)
    for magic, taken in _TAKEN_MAGIC:
        if head.startswith(magic):
            return taken
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _inside_zip(path, name)
    if refused := _refused(head, extension):
        raise UnknownFormat(name, refused)
    return _by_name(head, name, extension)


def _refused(head: bytes, extension: str) -> str:
    if head[128:132] == b"DICM":
        return "DICOM 影像"
    is_binary = b"\x00" in head or bool(head[:64].translate(None, bytes(range(9, 127))))
    for magic, title in _REFUSED_MAGIC:
        if head.startswith(magic) and (is_binary or len(magic) > 3):
            return title
    if _MARKUP_START.match(head):
        found = (title for pattern, title in _MARKUP if re.search(pattern, head, re.IGNORECASE))
        return next(found, _REFUSED_NAMES.get(extension, "XML 文档"))
    return _REFUSED_NAMES.get(extension, "")


def _by_name(head: bytes, name: str, extension: str) -> Format:
    if extension in _JSON_NAMES:
        return Format.JSON
    if extension in _TEXT_NAMES:
        return Format.JSON if extension in ("txt", "") and _JSON_START.match(head) else Format.TEXT
    if extension in ("xls", "xlsx", "xlsm", "parquet", "gz", "zst", "zip", "db", "sqlite", "sqlite3"):
        if extension in ("xls", "xlsx", "xlsm") and _is_text(head):
            return Format.TEXT
        what = f"扩展名是 .{extension}，内容却不是；可能是传输中损坏或改错了扩展名，请用原软件打开另存。"
        raise UnreadableFile(name, what, file_format=extension)
    raise UnknownFormat(name, f"未知格式的文件（.{extension}）")


def _is_text(head: bytes) -> bool:
    """Many systems export tab separated text and call it .xls."""
    return b"\x00" not in head and (b"\t" in head or b"," in head)


def _inside_zip(path: Path, name: str) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            kind = archive.read("mimetype")[:80].decode("ascii", "replace") if "mimetype" in members else ""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        what = "zip 结构不完整，可能没有传完，请重新压缩或上传。"
        raise UnreadableFile(name, what, file_format="zip") from error
    if "xl/workbook.xml" in members:
        return Format.WORKBOOK
    for member, title in (("xl/workbook.bin", "XLSB 表格"), ("word/document.xml", "Word 文档"), ("ppt/presentation.xml", "演示文稿"),
                          ("OFD.xml", "OFD 文档"), ("doc.kml", "KMZ 地图")):  # fmt: skip
        if member in members:
            raise UnknownFormat(name, title)
    if kind.startswith("application/"):
        raise UnknownFormat(name, "ODS 表格" if "spreadsheet" in kind else "OpenDocument 或 EPUB 文档")
    return Format.ZIP
