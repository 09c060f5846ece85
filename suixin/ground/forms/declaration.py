"""A form as frozen values, read from YAML or a mapping by `parse_form` (parsing.py).

Form      pages (steps) → groups (a repeated one has rows) → fields; checks across fields
Names     a field's name is unique in the form; rows of a repeated group are posted as `group.0.field`
When      an expression of `kit.expressions` over fields declared before; what it hides has no value
Letters   each type is a letter of the item types, so that guards of procedures are typed by `fields_of`
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made_by  # `field` is what a form is asked for
from decimal import Decimal
from enum import StrEnum

from suixin.kit.expressions import Expression


class FieldType(StrEnum):
    """What a field asks for."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATE_TIME = "date-time"
    YES_NO = "yes-no"
    CHOICE = "choice"
    CHOICES = "choices"
    RESIDENT_ID = "resident-id"
    CREDIT_CODE = "credit-code"
    MOBILE = "mobile"
    BANK_CARD = "bank-card"
    EMAIL = "e-mail"
    DIVISION = "division"
    FILE = "file"
    NOTE = "note"


LETTERS: Mapping[FieldType, str] = {
    FieldType.TEXT: "C", FieldType.LONG_TEXT: "M", FieldType.INTEGER: "I", FieldType.DECIMAL: "N", FieldType.DATE: "D",
    FieldType.DATE_TIME: "T", FieldType.YES_NO: "L", FieldType.CHOICE: "C", FieldType.CHOICES: "C",
    FieldType.RESIDENT_ID: "C", FieldType.CREDIT_CODE: "C", FieldType.MOBILE: "C", FieldType.BANK_CARD: "C",
    FieldType.EMAIL: "C", FieldType.DIVISION: "C",
}
ALWAYS_SENSITIVE = frozenset({FieldType.RESIDENT_ID, FieldType.BANK_CARD})
MASK_OF: Mapping[FieldType, str] = {
    FieldType.RESIDENT_ID: "resident_id", FieldType.MOBILE: "mobile", FieldType.BANK_CARD: "bank_card", FieldType.EMAIL: "email",
}
Bound = int | Decimal | str


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression and what it reads."""

    text: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `least`, `most`: bounds of numbers and of dates (ISO); of files the number, in `max_files`."""

    name: str
    label: str
    type: FieldType
    hint: str = ""
    is_required: bool = False
    is_sensitive: bool = False
    least: Bound | None = None
    most: Bound | None = None
    scale: int = 2
    min_length: int = 0
    max_length: int = 200
    pattern: str = ""
    pattern_hint: str = ""
    options: Mapping[str, str] | None = None
    code_set: str = ""
    when: Condition | None = None
    types: tuple[str, ...] = ()
    max_files: int = 1
    max_bytes: int = 0
    mask: str = ""

    @property
    def letter(self) -> str:
        """The letter of its item type; "" for files and notes."""
        return LETTERS.get(self.type, "")

    @property
    def has_value(self) -> bool:
        """Whether anything is answered here."""
        return self.type is not FieldType.NOTE


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often the rows of a group may occur; `row` is what one is called."""

    least: int
    most: int
    row: str


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; with `repeat` they occur in rows under the name `id`."""

    id: str
    title: str
    fields: tuple[Field, ...]
    hint: str = ""
    repeat: Repeat | None = None
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One step."""

    id: str
    title: str
    groups: tuple[Group, ...]
    hint: str = ""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold across fields; told at `field` when it certainly does not."""

    must: Condition
    message: str
    field: str


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form; `digest` changes with every word of it."""

    id: str
    title: str
    pages: tuple[Page, ...]
    digest: str
    hint: str = ""
    checks: tuple[Check, ...] = ()
    button: str = ""
    english: Mapping[str, str] = made_by(default_factory=dict)

    def groups(self) -> Iterator[tuple[int, Page, Group]]:
        """Every group with the number of its page and the page."""
        return ((number, page, group) for number, page in enumerate(self.pages) for group in page.groups)

    def fields(self) -> Iterator[tuple[Group, Field]]:
        """Every field with its group."""
        return ((group, field) for _, _, group in self.groups() for field in group.fields)

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for _, field in self.fields() if field.name == name), None)


def fields_of(form: Form) -> dict[str, str]:
    """What guards may name, with the letter of each: single fields that are neither files nor sensitive."""
    return {
        field.name: field.letter for group, field in form.fields()
        if field.letter and not group.repeat and not field.is_sensitive
    }
