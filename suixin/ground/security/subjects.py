"""Whom data are about, without saying who: the blind index of a resident ID or a unified social credit code.

The access log keeps it of every key that was looked up; a resident's or a firm's own index finds those readings again.
"""

from collections.abc import Iterable

from suixin.ground.security.keys import ring

PURPOSE = "subject"
KINDS = ("resident_id", "uscc")  # sensitive kinds of items (`scanner`) that name a subject


def subject_index(value: str) -> str:
    """32 hexadecimal digits, the same for the same number in any case and width; nobody without the key can tell whose."""
    return ring().blind_index(PURPOSE, value)


def indexes_of_many(values: Iterable[str]) -> tuple[str, ...]:
    """`subject_index` of each value."""
    return ring().blind_many(PURPOSE, values)


def subject_indexes(value: str) -> tuple[str, ...]:
    """What the number's index is and was: one for each version of the index key; none for no number."""
    return ring().blind_indexes(PURPOSE, value) if value else ()
