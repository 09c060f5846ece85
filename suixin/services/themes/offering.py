"""What a theme stands on: the offers of its parts from items in force, pinned in a published version and read back from it."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import reduce
from math import ceil
from operator import or_

from django.db.models import Q

from suixin.ground.forms.declaration import Field
from suixin.kit import clock
from suixin.services.items.models import Item, ItemState, ItemVersion
from suixin.services.items.rules import taken_apart, working_days
from suixin.services.items.sources import Source
from suixin.services.items.stated import number_of, text_of
from suixin.services.items.worded import limit
from suixin.services.themes.declaration import Bank, Offer, Part, Question, Theme, Whole
from suixin.services.themes.models import BankVersion
from suixin.services.themes.parsing import field_of, read_bank

USED = (
    "task_name", "english", "materials", "situations", "asks", "conditions", "fees", "is_fee", "promise_day", "promise_type",
    "anticipate_day",
    "anticipate_type", "result_name", "result_type", "limit_scene_num", "by_law", "accept_condition", "project_type",
)


def offers_of(theme: Theme, bank: Bank) -> dict[str, Offer]:
    """The offers of the parts whose items are in use now, by part."""
    found = {}
    for version in _in_force(theme):
        for part in theme.parts:
            if _is_of(part, version.item):
                found[part.id] = offer_of(part, version, bank)
    return found


def offer_of(part: Part, version: ItemVersion, bank: Bank) -> Offer:
    """What this version says to this part."""
    content = version.content
    amount, unit = number_of(content, "promise_day") or 0, text_of(content, "promise_type")
    asked = bank.forms.get(f"{part.item}{part.number}") or bank.forms.get(part.item, ())
    return Offer(
        part.id, version.item.code, version.number, version.digest, text_of(content, "task_name"), version.department,
        ceil(working_days(amount, unit) - 1e-9), limit(content, "promise"), {key: content[key] for key in USED if key in content}, asked,
    )


def questions_of(item: Item) -> list[Field]:
    """What the form of an item asks by the question bank in use; nothing of an item that the bank does not know."""
    newest, codes = BankVersion.objects.first(), taken_apart(item.code)
    if newest is None or codes is None:
        return []
    bank = read_bank(newest.text)
    asked = bank.forms.get(f"{codes.basic}{codes.number}") or bank.forms.get(codes.basic, ())
    return [field_of(bank.questions[name]) for name in asked]


def whole_of(theme: Theme, bank: Bank) -> Whole:
    """The theme with what its items say now and the questions that their forms ask."""
    offers = offers_of(theme, bank)
    named = {name for one in offers.values() for name in one.questions}
    asked = {name: one for name, one in bank.questions.items() if name in named}
    return Whole(theme, offers, Bank(bank.sections, asked, {}, bank.english))


def pinned(whole: Whole) -> dict[str, object]:
    """What a version keeps beside the declaration; a source only where there is one, so that other digests stay what they were."""
    return {
        "offers": [asdict(one) for one in whole.offers.values()], "sections": list(map(list, whole.bank.sections.items())),
        "questions": [_told(one) for one in whole.bank.questions.values()], "english": list(map(list, whole.bank.english.items())),
    }


def unpinned(theme: Theme, held: Mapping[str, list[dict[str, object]]]) -> Whole:
    """The theme as a version kept it."""
    offers = [_offer(told) for told in held["offers"]]
    questions = [
        Question(str(one["name"]), str(one["section"]), _mapping(one["field"]), str(one.get("means", "")), _source(one.get("source")))
        for one in held["questions"]
    ]
    sections = {str(name): str(word) for name, word in held["sections"]}
    english = {str(text): str(told) for text, told in held.get("english", ())}
    return Whole(theme, {one.part: one for one in offers}, Bank(sections, {one.name: one for one in questions}, {}, english))


def _told(question: Question) -> dict[str, object]:
    return {key: value for key, value in asdict(question).items() if value is not None}


def _offer(told: Mapping[str, object]) -> Offer:
    asked = told["questions"]
    texts = {key: str(told[key]) for key in ("part", "code", "digest", "title", "department", "limit")}
    return Offer(
        **texts, version=int(str(told["version"])), days=int(str(told["days"])), content=_mapping(told["content"]),
        questions=tuple(map(str, asked)) if isinstance(asked, list) else (),
    )


def _source(told: object) -> Source | None:
    if not isinstance(told, Mapping):
        return None
    return Source(int(told["number"]), *(str(told[key]) for key in ("question", "resource", "item", "by")))


def _mapping(value: object) -> dict[str, object]:
    return {str(key): part for key, part in value.items()} if isinstance(value, Mapping) else {}


def _in_force(theme: Theme) -> list[ItemVersion]:
    ended = reduce(or_, (Q(item__code__endswith=f"{one.item}{one.number}") for one in theme.parts), Q(pk=None))
    found = ItemVersion.objects.at(clock.now()).select_related("item__organisation").filter(ended, state=ItemState.IN_USE)
    return [one for one in found if any(_is_of(part, one.item) for part in theme.parts)]


def _is_of(part: Part, item: Item) -> bool:
    place = item.organisation
    return place is not None and place.slug == part.by and item.code[19:] == f"{part.item}{part.number}"
