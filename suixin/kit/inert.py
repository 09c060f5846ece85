"""Texts that no spreadsheet takes for a formula: an apostrophe in front of those that begin like one."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(text: str) -> str:
    """The text, safe to stand in a cell of a CSV file."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_meant(text: str) -> str:
    """The text that `inert` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
