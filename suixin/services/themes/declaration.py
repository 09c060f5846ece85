"""A theme as frozen values: situations asked, items as parts of a graph, joint visits, what follows a refusal.

Part     an item of one department; `needs`: must have been approved before; `after`: must be settled before, however it ended;
         neither: handled in parallel. A part that the situation does not call for takes its edges with it
Visit    a joint inspection: the parts are inspected together, once, as soon as all of them have begun
Refusal  whole: the theme goes back as a whole; part: what needs it is not handled, the rest goes on
Offer    what the published version of a part's item says, and which questions of the bank its form asks
Source   standards/services.md 2.2 (并联/串联/前置依赖, 公共字段去重, 同证照一份, 并联取 max 串联取 sum, 整体退回或部分办结)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeGuard

from suixin.services.items.sources import Source
from suixin.services.items.worded import english_of

Answers = Mapping[str, object]
YES_NO = ("是", "否")
# what a question of the bank may mean: who applies and its firm, how to reach it, how and where the results go
MEANINGS = ("name", "id_number", "mobile", "delivery", "address", "firm_name", "firm_code")


class Refusal(StrEnum):
    """What a refusal of one part does to the theme."""

    WHOLE = "whole"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Ask:
    """One question on the situation; without options it is answered by yes or no."""

    name: str
    text: str
    options: tuple[str, ...] = ()
    hint: str = ""

    @property
    def is_flag(self) -> bool:
        """Whether it is answered by yes or no."""
        return not self.options

    @property
    def values(self) -> tuple[object, ...]:
        """Every answer that there is."""
        return self.options or (True, False)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of the situation, and what to tell when it does not."""

    text: str
    when: str
    fault: str


@dataclass(frozen=True, slots=True)
class Part:
    """One item of the theme; `item` is its basic code, `by` the department, `number` a handling item's.

    `answers`: what the theme knows of the item's own questions; `$name` takes the answer to the theme's question of that name.
    """

    id: str
    item: str
    by: str
    number: str = ""
    title: str = ""
    when: str = ""
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    on_refusal: Refusal = Refusal.PART
    gives: tuple[str, ...] = ()
    answers: Mapping[str, object] = field(default_factory=dict)

    @property
    def before(self) -> tuple[str, ...]:
        """Every part that must be settled before this one begins."""
        return tuple(dict.fromkeys((*self.needs, *self.after)))

    def told(self, answers: Answers) -> dict[str, object]:
        """The answers to the item's own questions, as far as the theme's say."""
        own = {name: answers.get(value[1:]) if _is_taken(value) else value for name, value in self.answers.items()}
        return {**answers, **{name: value for name, value in own.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class Visit:
    """A joint inspection of several parts, so many working days."""

    id: str
    title: str
    parts: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Theme:
    """One matter of residents or firms as they see it."""

    slug: str
    title: str
    summary: str
    lead: str
    basis: str
    promise_days: int
    delivery: str
    parts: tuple[Part, ...]
    asks: tuple[Ask, ...] = ()
    conditions: tuple[Condition, ...] = ()
    visits: tuple[Visit, ...] = ()
    keywords: tuple[str, ...] = ()
    life_event: tuple[str, ...] = ()
    firm_stage: tuple[str, ...] = ()
    english: str = ""
    english_texts: Mapping[str, str] = field(default_factory=dict)

    def part(self, name: str) -> Part:
        """The part of that id."""
        return next(one for one in self.parts if one.id == name)

    @property
    def letters(self) -> dict[str, str]:
        """What conditions may name, with the letter of its type."""
        return {one.name: "L" if one.is_flag else "C" for one in self.asks}


@dataclass(frozen=True, slots=True)
class Offer:
    """What an item's published version says to the theme. `days`: its promise in working days, 0 at once."""

    part: str
    code: str
    version: int
    digest: str
    title: str
    department: str
    days: int
    limit: str
    content: Mapping[str, object]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the bank; `field` is its declaration as a field of `ground.forms`.

    `means` says what every application tells anyway (one of MEANINGS), so that an application for a theme asks it once.
    `source`: where its value stands already, so that it comes filled in where a grant lets it.
    """

    name: str
    section: str
    field: Mapping[str, object]
    means: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Bank:
    """The question bank of the city: sections in order, questions by name, which of them the form of an item asks, English texts."""

    sections: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    english: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Whole:
    """A theme with all that it stands on: the offers of its parts and the questions of the bank that they ask."""

    theme: Theme
    offers: Mapping[str, Offer]
    bank: Bank

    @property
    def english(self) -> dict[str, str]:
        """The English beside Chinese texts: the items', the bank's, the theme's own last."""
        items = {text: told for one in self.offers.values() for text, told in english_of(one.content).items()}
        return {**items, **self.bank.english, **self.theme.english_texts}

    def title(self, part: str) -> str:
        """What a part is called."""
        offer = self.offers.get(part)
        told = next((one.title for one in self.theme.parts if one.id == part), "")
        return told or (offer.title if offer else part)

    def titles(self, parts: Sequence[str]) -> str:
        """What the parts are called, as a sentence lists them."""
        return "、".join(f"“{self.title(one)}”" for one in parts)


def _is_taken(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith("$")
