"""The two inverted indexes behind one face: FTS5 of SQLite, tsvector with GIN of PostgreSQL.

A question is a `Match`: tokens joined by and, or. Tokens hold letters, digits and Chinese characters only (`tokens`), so
that their text is never syntax; texts go to the database as bound parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from django.db import connection

from suixin.ground.search.tokens import Tokens

MAX_POSITION = 16_000  # PostgreSQL keeps none beyond 16,383
TITLE, ITEM, ABSTRACT, NEAR = 8.0, 3.0, 1.0, 0.4


@dataclass(frozen=True, slots=True)
class Token:
    """One token, or every token that begins with it."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """All or any of the parts."""

    how: Literal["all", "any"]
    parts: tuple["Match", ...]


Match = Token | Joined


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose documents: of one kind, public ones or all, in a subtree of organisations."""

    kind: str
    is_public: bool = True
    lineage: str = ""


class Hit(NamedTuple):
    """A document that matches; a higher `rank` is better, and means something within one answer only.

    `facets` are lines `name=value` between newlines. A tuple, because a common word makes thousands of them.
    """

    id: int
    facets: str
    rank: float


class Engine(Protocol):
    """What an inverted index does."""

    def write(self, document_id: int, tokens: Tokens) -> None:
        """The document found by these tokens and no others."""

    def counts(self, tokens: Sequence[str]) -> dict[str, int]:
        """In how many documents each token stands; absent ones are left out."""

    def find(self, scope: Scope, match: Match | None, *, limit: int) -> list[Hit]:
        """The best documents that match, at most `limit`; all of the scope without a match."""


def all_of(parts: Sequence[Match]) -> Match:
    """Every part; a single one stands for itself."""
    return parts[0] if len(parts) == 1 else Joined("all", tuple(parts))


def any_of(parts: Sequence[Match]) -> Match:
    """At least one part; a single one stands for itself."""
    return parts[0] if len(parts) == 1 else Joined("any", tuple(parts))


def engine() -> Engine:
    """That of the control database."""
    return _Sqlite() if connection.vendor == "sqlite" else _Postgresql()


def _conditions(scope: Scope) -> tuple[str, list[str | int]]:
    sentence = "d.kind = %s"
    values: list[str | int] = [scope.kind]
    if scope.is_public:
        sentence += " AND d.is_public"
    if scope.lineage:
        sentence += " AND substr(d.lineage, 1, %s) = %s"
        values += [len(scope.lineage), scope.lineage]
    return sentence, values


def _all_documents(scope: Scope, limit: int) -> list[Hit]:
    conditions, values = _conditions(scope)
    with connection.cursor() as cursor:
        sentence = f"SELECT d.id, d.facets, 0.0 FROM search_document d WHERE {conditions} ORDER BY d.id LIMIT %s"  # noqa: S608 our words
        cursor.execute(sentence, [*values, limit])
        return list(map(Hit._make, cursor.fetchall()))


class _Sqlite:
    def write(self, document_id: int, tokens: Tokens) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM search_index WHERE rowid = %s", [document_id])
            cursor.execute("INSERT INTO search_index (rowid, title, item, abstract, near) VALUES (%s, %s, %s, %s, %s)",
                           [document_id, tokens.title, tokens.item, tokens.abstract, tokens.near])

    def counts(self, tokens: Sequence[str]) -> dict[str, int]:
        places = ", ".join(["%s"] * len(tokens))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT term, doc FROM search_vocabulary WHERE term IN ({places})", list(tokens))  # noqa: S608 only %s
            return dict(cursor.fetchall())

    def find(self, scope: Scope, match: Match | None, *, limit: int) -> list[Hit]:
        if match is None:
            return _all_documents(scope, limit)
        conditions, values = _conditions(scope)
        sentence = f"""
            SELECT d.id, d.facets, -bm25(search_index, {TITLE}, {ITEM}, {ABSTRACT}, {NEAR}) AS score
            FROM search_index JOIN search_document d ON d.id = search_index.rowid
            WHERE search_index MATCH %s AND {conditions} ORDER BY score DESC, d.id LIMIT %s"""  # noqa: S608 our words
        with connection.cursor() as cursor:
            cursor.execute(sentence, [self._text(match), *values, limit])
            return list(map(Hit._make, cursor.fetchall()))

    def _text(self, match: Match) -> str:
        if isinstance(match, Token):
            return f'"{match.text}"' + ("*" if match.is_prefix else "")
        return "(" + (" AND " if match.how == "all" else " OR ").join(map(self._text, match.parts)) + ")"


class _Postgresql:
    def write(self, document_id: int, tokens: Tokens) -> None:
        fields = zip("ABCD", (tokens.title, tokens.item, tokens.abstract, tokens.near), strict=True)
        placed = [
            f"'{token}':{min(place, MAX_POSITION)}{weight}"
            for weight, text in fields for place, token in enumerate(text.split(), 1)
        ]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE search_document SET terms = %s::tsvector WHERE id = %s", [" ".join(placed), document_id])

    def counts(self, tokens: Sequence[str]) -> dict[str, int]:
        sentence = """
            SELECT t, (SELECT count(*) FROM search_document d WHERE d.terms @@ quote_literal(t)::tsquery)
            FROM unnest(%s::text[]) AS t"""
        with connection.cursor() as cursor:
            cursor.execute(sentence, [list(tokens)])
            return {token: count for token, count in cursor.fetchall() if count}

    def find(self, scope: Scope, match: Match | None, *, limit: int) -> list[Hit]:
        if match is None:
            return _all_documents(scope, limit)
        conditions, values = _conditions(scope)
        weights = [weight / TITLE for weight in (NEAR, ABSTRACT, ITEM, TITLE)]
        sentence = f"""
            SELECT d.id, d.facets, ts_rank(%s::real[], d.terms, q) AS score
            FROM search_document d, (SELECT %s::tsquery AS q) asked
            WHERE d.terms @@ q AND {conditions} ORDER BY score DESC, d.id LIMIT %s"""  # noqa: S608 our words
        with connection.cursor() as cursor:
            cursor.execute(sentence, [weights, self._text(match), *values, limit])
            return list(map(Hit._make, cursor.fetchall()))

    def _text(self, match: Match) -> str:
        if isinstance(match, Token):
            return f"'{match.text}'" + (":*" if match.is_prefix else "")
        return "(" + (" & " if match.how == "all" else " | ").join(map(self._text, match.parts)) + ")"
