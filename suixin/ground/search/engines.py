"""The two inverted indexes behind one face: FTS5 of SQLite, tsvector with GIN of PostgreSQL. They say where a token stands, no more.

A question is a `Match`: tokens joined by and, or. Tokens hold letters, digits and Chinese characters only (`tokens`), so
that their text is never syntax; texts go to the database as bound parameters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from suixin.ground.search.tokens import Tokens

MERGED_PAGES = 500  # in one transaction; some 2 MB
AT_ONCE = 100  # tokens in one statement; SQLite joins at most 500 selects
Ids = NDArray[np.int64]


class Token(NamedTuple):
    """One token, or every token that begins with it."""

    text: str
    is_prefix: bool = False


class Joined(NamedTuple):
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


class Posting(NamedTuple):
    """Where a token stands: ids of the documents of every kind, ascending, and those that have it in their title."""

    every: Ids
    title: Ids


class Engine(Protocol):
    """What an inverted index does."""

    def write(self, documents: Mapping[int, Tokens]) -> None:
        """The documents found by these tokens and no others."""

    def settle(self) -> None:
        """After many writes: in the form that is read fastest. In portions, between which others write."""

    def counts(self, tokens: Sequence[str]) -> dict[str, int]:
        """In how many documents each token stands; absent ones are left out."""

    def postings(self, tokens: Sequence[Token]) -> dict[Token, Posting]:
        """Where each token stands; absent ones stand nowhere."""


def all_of(parts: Sequence[Match]) -> Match:
    """Every part; a single one stands for itself."""
    return parts[0] if len(parts) == 1 else Joined("all", tuple(parts))


def any_of(parts: Sequence[Match]) -> Match:
    """At least one part; a single one stands for itself."""
    return parts[0] if len(parts) == 1 else Joined("any", tuple(parts))


def tokens_in(match: Match) -> Iterable[Token]:
    """Every token of a match, some perhaps twice."""
    if isinstance(match, Token):
        yield match
    else:
        for part in match.parts:
            yield from tokens_in(part)


def engine() -> Engine:
    """That of the control database."""
    return _Sqlite() if connection.vendor == "sqlite" else _Postgresql()


def _ids(joined: str | None) -> Ids:
    """Numbers written one after another with commas: one text a token costs less than a row a document."""
    return np.sort(np.fromstring(joined, dtype=np.int64, sep=",")) if joined else np.empty(0, np.int64)


class _Sqlite:
    def write(self, documents: Mapping[int, Tokens]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM search_index WHERE rowid = %s", [(one,) for one in documents])
            cursor.executemany("INSERT INTO search_index (rowid, title, other) VALUES (%s, %s, %s)", [
                (one, " ".join(tokens.title), " ".join(tokens.other)) for one, tokens in documents.items()
            ])

    def settle(self) -> None:
        """Its segments merged into one: a token is then looked up once and not in each of them, in two thirds of the time."""
        pages, written = -MERGED_PAGES, 2  # a negative number begins anew; fewer than two rows written say that all is done
        with connection.cursor() as cursor:
            while written >= 2:
                before = self._written(cursor)
                cursor.execute("INSERT INTO search_index (search_index, rank) VALUES ('merge', %s)", [pages])
                pages, written = MERGED_PAGES, self._written(cursor) - before

    def _written(self, cursor: CursorWrapper) -> int:
        cursor.execute("SELECT total_changes()")
        return int(cursor.fetchone()[0])

    def counts(self, tokens: Sequence[str]) -> dict[str, int]:
        places = ", ".join(["%s"] * len(tokens))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT term, doc FROM search_vocabulary WHERE term IN ({places})", list(tokens))  # noqa: S608 only %s
            return dict(cursor.fetchall())

    def postings(self, tokens: Sequence[Token]) -> dict[Token, Posting]:
        made: dict[Token, Posting] = {}
        one = "SELECT group_concat(rowid) FROM search_index WHERE search_index MATCH %s"
        with connection.cursor() as cursor:
            for start in range(0, len(tokens), AT_ONCE):
                some = tokens[start : start + AT_ONCE]
                values = [text for token in some for text in (self._text(token), "{title} : " + self._text(token))]
                cursor.execute(" UNION ALL ".join([one] * len(values)), values)
                found = [_ids(joined) for (joined,) in cursor.fetchall()]
                made |= {token: Posting(*found[2 * at : 2 * at + 2]) for at, token in enumerate(some)}
        return made

    def _text(self, token: Token) -> str:
        return f'"{token.text}"' + ("*" if token.is_prefix else "")


class _Postgresql:
    def write(self, documents: Mapping[int, Tokens]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM search_terms WHERE document_id = ANY(%s)", [list(documents)])
            cursor.executemany("INSERT INTO search_terms (document_id, title, every) VALUES (%s, %s::tsvector, %s::tsvector)", [
                (one, self._vector(tokens.title), self._vector((*tokens.title, *tokens.other))) for one, tokens in documents.items()
            ])

    def settle(self) -> None:
        """Nothing: the server tidies its indexes itself (autovacuum)."""

    def counts(self, tokens: Sequence[str]) -> dict[str, int]:
        sentence = """
            SELECT t, (SELECT count(*) FROM search_terms d WHERE d.every @@ quote_literal(t)::tsquery)
            FROM unnest(%s::text[]) AS t"""
        with connection.cursor() as cursor:
            cursor.execute(sentence, [list(tokens)])
            return {token: count for token, count in cursor.fetchall() if count}

    def postings(self, tokens: Sequence[Token]) -> dict[Token, Posting]:
        sentence = """
            SELECT (SELECT string_agg(document_id::text, ',') FROM search_terms WHERE every @@ t),
                   (SELECT string_agg(document_id::text, ',') FROM search_terms WHERE title @@ t)
            FROM unnest(%s::tsquery[]) WITH ORDINALITY AS asked (t, place) ORDER BY place"""
        with connection.cursor() as cursor:
            cursor.execute(sentence, [[f"'{token.text}'" + (":*" if token.is_prefix else "") for token in tokens]])
            return {token: Posting(*map(_ids, row)) for token, row in zip(tokens, cursor.fetchall(), strict=True)}

    def _vector(self, tokens: Iterable[str]) -> str:
        return " ".join(f"'{token}'" for token in tokens)
