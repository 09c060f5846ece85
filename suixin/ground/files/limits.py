"""Why a file would not be taken, told before anything is kept; limits in words."""

from collections.abc import Collection, Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from suixin.ground.files.names import kept_name
from suixin.ground.files.sniffing import FILE_TYPES, type_of

if TYPE_CHECKING:
    Upload = UploadedFile[bytes]
else:
    Upload = UploadedFile


def refusal_of(upload: Upload, *, types: Collection[str] = (), max_bytes: int = 0) -> str:
    """Why the file would not be taken, as a sentence; "" when it would. `types`: words of FILE_TYPES, none for all of them."""
    limit = min(max_bytes or limit_of_all(), limit_of_all())
    name, size = kept_name(upload.name), upload.size or 0
    if not size:
        return f"“{name}”是空文件，没有内容；请检查后重新选择。"
    if size > limit:
        return f"“{name}”有 {size / (1 << 20):.1f} MB，超过 {megabytes(limit)}；请压缩或拆分后再传。"
    found = type_of(upload.file or BytesIO())
    if not found.word:
        return f"“{name}”的内容不是可以接收的类型；可以上传{titles(types or FILE_TYPES)}。"
    if types and found.word not in types:
        return f"“{name}”的内容是{found.title}，这里只收{titles(types)}；请换成合适的格式。"
    return ""


def limit_of_all() -> int:
    """The most bytes that any attachment may have."""
    return int(settings.SUIXIN.file_max_bytes)


def megabytes(size: int) -> str:
    """A limit for people."""
    return f"{size / (1 << 20):g} MB" if size >= 1 << 20 else f"{size / 1024:g} KB"


def titles(words: Iterable[str]) -> str:
    """The types for people: 、 between them."""
    return "、".join(FILE_TYPES[word].title for word in words if word in FILE_TYPES)
