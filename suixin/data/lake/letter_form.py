"""Rows that a platform sent in a letter with their receipt in it, as the receiver keeps them (the original of their batch). Pure.

Letter   canonical JSON; `content` holds the part of rows, and under `receipt` the text of its receipt (`answer_form`)
Body     what the receipt is over: the content without the receipt, canonical
"""

from collections.abc import Mapping

import orjson

from suixin.data.lake.receipt_form import canonical_json

RECEIPT = "receipt"


def body_of(content: Mapping[str, object]) -> bytes:
    """The bytes that the receipt of a part is over."""
    return canonical_json({name: said for name, said in content.items() if name != RECEIPT})


def receipted_letter(letter: bytes) -> tuple[bytes, bytes] | None:
    """The receipt that a letter bears and what it is over; None of anything else. Nothing is over a letter that was written anew."""
    if not letter.startswith(b'{"about":'):
        return None
    try:
        whole = orjson.loads(letter)
        content = whole["content"]
        receipt = content[RECEIPT]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(receipt, str):
        return None
    is_as_sent = canonical_json(whole) == letter  # else a name may stand in it twice, and each reader takes another of the two
    return receipt.encode(), body_of(content) if is_as_sent else b""
