"""What a file is, by its content: never by the name or the type that the sender claims.

`FILE_TYPES`  the types that a field may allow, each with its Chinese name and the ending of its names
Zip files     only the list of names is read (to tell docx, xlsx, ofd apart), nothing is unpacked
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO

HEAD = 4_096
ZIP_TAIL = 66_000  # a zip's directory record stands in the last 22 + 65,535 bytes
MAX_ENTRIES = 4_000
MAX_DIRECTORY = 1 << 20
Reader = IO[bytes]


@dataclass(frozen=True, slots=True)
class FileType:
    """A type of file. `word` is what declarations say."""

    word: str
    title: str
    media_type: str
    endings: tuple[str, ...]
    is_it: Callable[[bytes], bool]


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head:
        return False
    if any(byte < 9 or 13 < byte < 32 for byte in head if byte != 27):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start >= len(head) - 4 and len(head) == HEAD:  # a character cut by the end of what was read
                return True
        else:
            return True
    return False


def _never(_head: bytes) -> bool:
    return False  # told apart by the names inside a zip


_ALL = (
    FileType("jpeg", "JPEG 图片", "image/jpeg", ("jpg", "jpeg"), _starts(b"\xff\xd8\xff")),
    FileType("png", "PNG 图片", "image/png", ("png",), _starts(b"\x89PNG\r\n\x1a\n")),
    FileType("gif", "GIF 图片", "image/gif", ("gif",), _starts(b"GIF87a", b"GIF89a")),
    FileType("webp", "WebP 图片", "image/webp", ("webp",), lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    FileType("heic", "HEIC 图片", "image/heic", ("heic", "heif"),
             lambda head: head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"heif")),
    FileType("mp4", "MP4 视频", "video/mp4", ("mp4",),
             lambda head: head[4:8] == b"ftyp" and head[8:12] in (b"isom", b"iso2", b"mp41", b"mp42", b"avc1")),
    FileType("pdf", "PDF 文档", "application/pdf", ("pdf",), _starts(b"%PDF-")),
    FileType("ole", "Office 97 文档", "application/x-ole-storage", ("doc", "xls", "ppt", "wps", "et"),
             _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    FileType("docx", "Word 文档", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",), _never),
    FileType("xlsx", "Excel 表格", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",), _never),
    FileType("pptx", "PPT 文稿", "application/vnd.openxmlformats-officedocument.presentationml.presentation", ("pptx",), _never),
    FileType("ofd", "OFD 版式文件", "application/ofd", ("ofd",), _never),
    FileType("zip", "ZIP 压缩包", "application/zip", ("zip",), _starts(b"PK\x03\x04", b"PK\x05\x06")),
    FileType("rar", "RAR 压缩包", "application/vnd.rar", ("rar",), _starts(b"Rar!\x1a\x07")),
    FileType("7z", "7z 压缩包", "application/x-7z-compressed", ("7z",), _starts(b"7z\xbc\xaf'\x1c")),
    FileType("text", "文本", "text/plain", ("txt", "csv", "json"), _is_text),
)
FILE_TYPES: Mapping[str, FileType] = {one.word: one for one in _ALL}
UNKNOWN = FileType("", "未知类型", "application/octet-stream", (), _never)
_INSIDE = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))
# what browsers and viewers would run, although it reads as text
_ACTIVE = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<?php", b"#!")


def type_of(file: Reader) -> FileType:
    """The type that the content shows; `UNKNOWN` when it shows none. The file is read at its two ends only."""
    file.seek(0)
    head = file.read(HEAD)
    found = next((one for one in _ALL if one.is_it(head)), UNKNOWN)
    if found.word == "zip":
        found = FILE_TYPES[_kind_of_zip(file)]
    elif found.word == "text" and head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_ACTIVE):
        found = UNKNOWN
    file.seek(0)
    return found


def _kind_of_zip(file: Reader) -> str:
    """docx, xlsx, pptx, ofd, or zip when the names inside show none of them or cannot be read."""
    names = _names_in_zip(file)
    if b"[Content_Types].xml" in names:
        return next((word for folder, word in _INSIDE if any(name.startswith(folder) for name in names)), "zip")
    return "ofd" if b"OFD.xml" in names else "zip"


def _names_in_zip(file: Reader) -> set[bytes]:
    """Names in the directory at the end of a zip, as far as limits allow; nothing is unpacked."""
    size = file.seek(0, 2)
    start = max(0, size - ZIP_TAIL)
    file.seek(start)
    tail = file.read(ZIP_TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return set()
    length, offset = struct.unpack_from("<II", tail, at + 12)
    if not length <= MAX_DIRECTORY or offset + length > size:
        return set()
    file.seek(offset)
    directory, place = file.read(length), 0
    names: set[bytes] = set()
    while directory[place : place + 4] == b"PK\x01\x02" and len(directory) >= place + 46 and len(names) < MAX_ENTRIES:
        name, extra, comment = struct.unpack_from("<HHH", directory, place + 28)
        names.add(directory[place + 46 : place + 46 + name])
        place += 46 + name + extra + comment
    return names
