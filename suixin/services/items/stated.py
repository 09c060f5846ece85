"""Reading what a content states: texts, numbers, codes, rows of a table; what is not of the kind counts as not stated."""

from collections.abc import Mapping

from suixin.services.items.elements import Row

Content = Mapping[str, object]


def is_empty(value: object) -> bool:
    """Whether nothing is stated: no text, no choice. No and 0 are statements."""
    return value is None or value in ("", [], ())


def rows_of(content: Content, key: str) -> list[Row]:
    """The rows of a table; none when it is not stated or no table."""
    rows = content.get(key)
    return [dict(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def text_of(content: Content, key: str) -> str:
    """A stated text or code; empty when there is none."""
    value = content.get(key)
    return value.strip() if isinstance(value, str) else ""


def number_of(content: Content, key: str) -> int | None:
    """A stated number; None when there is none."""
    value = content.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def codes_of(content: Content, key: str) -> list[str]:
    """The chosen codes."""
    value = content.get(key)
    return [str(one) for one in value] if isinstance(value, list) else []
