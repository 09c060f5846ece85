"""Names made from names: pinyin initials for fields, slugs for addresses, unique headers."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

SLUG_LENGTH = 60
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def pinyin_initials(zh: str) -> str:
    """Lower-case pinyin initials, ASCII letters and digits kept: 身份证号 → sfzh, PM2.5浓度 → pm2_5nd."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes long to load: when first asked

    parts = lazy_pinyin(unicodedata.normalize("NFKC", zh), style=Style.FIRST_LETTER)
    return _NOT_WORD.sub("_", "".join(parts).lower()).strip("_")


@lru_cache(5_000)  # the same names of items stand in many tables
def slugify(text: str, *, separator: str = "-") -> str:
    """ASCII slug of at most 60 characters, Chinese as pinyin; "x" when nothing is left."""
    from pypinyin import lazy_pinyin

    normal = unicodedata.normalize("NFKC", text)
    pieces: list[str] = []
    for part in re.split(r"([\u3400-\u9fff]+)", normal):
        pieces.extend(lazy_pinyin(part) if part and "\u3400" <= part[0] <= "\u9fff" else [part])
    plain = unicodedata.normalize("NFKD", separator.join(pieces)).encode("ascii", "ignore").decode()
    slug = _NOT_WORD.sub(separator, plain.lower()).strip(separator)
    return _shorten(slug, separator) or "x"


def unique(names: Iterable[str]) -> list[str]:
    """The names in order, blank ones named 列N, repeated ones (case ignored) numbered _2, _3 and so on."""
    taken: set[str] = set()
    result: list[str] = []
    for position, name in enumerate(names, 1):
        base = name.strip() or f"列{position}"
        candidate, number = base, 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{base}_{number}"
        taken.add(candidate.casefold())
        result.append(candidate)
    return result


def _shorten(slug: str, separator: str) -> str:
    if len(slug) <= SLUG_LENGTH:
        return slug
    head, _, _ = slug[: SLUG_LENGTH + 1].rpartition(separator)
    return head or slug[:SLUG_LENGTH]
