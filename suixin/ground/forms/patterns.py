"""Patterns of text fields: RE2 (through Arrow), which takes time linear in the text whatever the pattern."""

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc


@lru_cache(maxsize=500)
def is_pattern(pattern: str) -> bool:
    """Whether RE2 understands it."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeEncodeError):
        return False
    return True


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is what the pattern says."""
    found = pc.match_substring_regex(pa.array([text]), rf"\A(?:{pattern})\z")
    return bool(found[0].as_py())
