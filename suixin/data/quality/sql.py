"""The two ways in which a name or a value enters an SQL text of this module; there is no third.

Source columns are never named in SQL at all: they are renamed to s0, s1, ... before a query sees them.
"""

from functools import lru_cache

from sqlglot import exp


def quoted(name: str) -> str:
    """An identifier, quoted for DuckDB."""
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


@lru_cache(maxsize=4096)
def literal(value: str) -> str:
    """A text constant for DuckDB."""
    return exp.Literal.string(value).sql(dialect="duckdb")


@lru_cache(maxsize=256)
def any_of(values: frozenset[str] | tuple[str, ...]) -> str:
    """A parenthesised list of text constants, in a fixed order."""
    return "(" + ", ".join(literal(value) for value in sorted(values)) + ")"
