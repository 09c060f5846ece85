"""Rejected rows and why: sentences for the department that supplied them."""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Reason:
    """One check that a row failed. `item` is the item's name, "" when the whole row is meant."""

    item: str
    rule: str
    value: str
    sentence: str

    def as_dict(self) -> dict[str, str]:
        """The reason as it is kept beside the row."""
        return {"item": self.item, "rule": self.rule, "value": self.value, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not accepted: its number in the table, its cells as they came (JSON), every reason."""

    row: int
    text: str
    reasons: tuple[Reason, ...]


VALUE_LIMIT = 200  # characters of a value that a sentence repeats


def shortened(value: object) -> str:
    """A cell as a sentence shows it: at most 200 characters, line breaks as blanks."""
    text = "" if value is None else str(value)
    text = " ".join(text.splitlines()) if "\n" in text or "\r" in text else text
    return text if len(text) <= VALUE_LIMIT else text[:VALUE_LIMIT] + "…"


def original_text(cells: dict[str, object]) -> str:
    """The cells of a row as JSON, in their order; what JSON does not know is written as text."""
    return orjson.dumps(cells, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
