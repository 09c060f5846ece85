"""The one form of a theme in one situation: each question once, each material once; and what of it goes to which part.

Form      `matter-<row and digest of the theme's version>-<situation>`, a family of `ground.forms`; a version never changes.
          `joint-...` is the same at a window (`receiving.py`)
Pages     who applies, the sections of the question bank, what the guides of the items ask beside the theme, materials, delivery
Once      what an application tells anyway (`means` of a question) is not asked again; a question of two guides is one; a material
          is handed in once and laid into the case of every part that wants it
Names     those of the bank; q1, q2 ... questions of guides; m1, m2 ... materials, as `rules.merge` orders them
Prefilled `...-p5`: the same form where some questions come filled in, here 1 and 3 (bits of a hexadecimal number): those of guides by
          their number, after them those of the bank that name a source, in their order
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from suixin.ground.forms.errors import UnknownForm
from suixin.services.cases import asking, window
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.opening import Handed
from suixin.services.items import guidance
from suixin.services.items.elements import Row
from suixin.services.items.sources import Source, sources_of
from suixin.services.items.stated import number_of, rows_of, text_of
from suixin.services.items.worded import english_of
from suixin.services.matters import rules
from suixin.services.themes import queries as themes
from suixin.services.themes import rules as theme_rules
from suixin.services.themes.declaration import Question, Whole
from suixin.services.themes.models import ThemeVersion
from suixin.services.themes.rules import Merged
from suixin.services.themes.rules.merging import Material, key_of

FAMILY, AT_WINDOW = "matter", "joint"
SUBJECT = "matters.theme"  # what a draft is about: the slug of the theme
_DIGITS = 8
MARKS = 40  # hexadecimal digits, each of four questions
# told on the pages on people and delivery, or by who signed in; a firm's are asked and filled in, for it may only come to be
TOLD_ANYWAY = ("name", "id_number", "mobile", "delivery", "address")
FIRM = ("firm_name", "firm_code")


@dataclass(frozen=True, slots=True)
class Asked:
    """A theme in one situation: the parts that it calls for, what is asked and handed in for all of them."""

    version: ThemeVersion
    whole: Whole
    answers: Mapping[str, object]
    parts: tuple[str, ...]
    merged: Merged
    guides: Mapping[str, Row]  # questions of guides by name of their field
    prefilled: frozenset[int] = frozenset()  # numbers of those that come filled in

    @property
    def questions(self) -> list[Question]:
        """The questions of the bank that are asked."""
        return [one for one in self.merged.questions if one.means not in TOLD_ANYWAY]

    @property
    def numbers(self) -> dict[str, int]:
        """By field, the number of each question that may be marked as filled in."""
        banked = [one.name for one in self.questions if one.source is not None]
        return {name: number for number, name in enumerate((*self.guides, *banked), 1)}

    def numbers_of(self, names: Collection[str]) -> list[int]:
        """The numbers of these fields."""
        return [number for name, number in self.numbers.items() if name in names]

    @property
    def fillable(self) -> frozenset[str]:
        """The fields that may come filled in."""
        return frozenset({*self.sources, *(one.name for one in self.questions if one.source is not None)})

    @property
    def sources(self) -> dict[str, list[tuple[str, Source]]]:
        """By field of a guide's question, which parts' guides name a source for it; each question once, whoever asks it too."""
        named = {text_of(row, "ask_name"): field for field, row in self.guides.items()}
        found: dict[str, list[tuple[str, Source]]] = {}
        for part in self.parts:
            content = self.whole.offers[part].content
            asks = rows_of(content, "asks")
            for source in sources_of(content):
                if field := named.get(text_of(asks[source.number - 1], "ask_name")):
                    found.setdefault(field, []).append((part, source))
        return found


def slug_of(
    version: ThemeVersion, answers: Mapping[str, object], prefilled: Collection[int] = (), *, family: str = FAMILY,
) -> str:
    """The name of the form in that situation; "" when it is not told whole. `prefilled`: numbers of questions that come filled in."""
    code = rules.situation_code(themes.published(version).theme.asks, answers)
    marks = f"-p{sum(1 << number for number in prefilled) >> 1:x}" if prefilled else ""
    return f"{family}-{version.pk}-{version.digest[:_DIGITS]}-{code}{marks}" if code else ""


def asked_of(slug: str) -> Asked | None:
    """What the form of that name asks; None when there is none."""
    family, _, key = slug.partition("-")
    row, digest, code = [*key.split("-", 2), "", ""][:3]
    rows = ThemeVersion.objects.select_related("theme__lead")
    version = rows.filter(pk=int(row)).first() if row.isascii() and row.isdecimal() and len(row) < 18 else None
    if version is None or version.digest[:_DIGITS] != digest:
        return None
    whole = themes.published(version)
    situation, _, marks = code.partition("-p")
    answers = rules.situation_of(whole.theme.asks, situation)
    if answers is None:
        return None
    parts = theme_rules.chosen(whole.theme, answers)
    found = Asked(
        version, whole, answers, parts, theme_rules.merge(whole, parts, answers), _guides(whole, parts, answers), _numbers(marks))
    is_known = found.prefilled <= set(found.numbers_of(found.fillable))
    is_named = family in (FAMILY, AT_WINDOW) and slug_of(version, answers, found.prefilled, family=family) == slug
    return found if is_known and is_named else None


def declared(key: str) -> object:
    """The form as a mapping. Raises UnknownForm."""
    slug = f"{FAMILY}-{key}"
    asked = asked_of(slug)
    if asked is None:
        raise UnknownForm("没有这张申请表；请从一件事主题页重新进入。")
    pages = [asking.people(), *sections(asked), *situation(asked), *_materials(asked), asking.ending()]
    title = f"申请：{asked.whole.theme.title}"[:200]
    return {"id": slug, "title": title, "button": "一次提交", "pages": pages, "english": english(asked, title)}


def english(asked: Asked, title: str) -> dict[str, str]:
    """The form's own words, those of the theme and of the items of its parts in English."""
    found = {**asking.ENGLISH, "一次提交": "Apply for all of it", title: f"Apply: {asked.whole.theme.english}"}
    for part in asked.parts:
        found |= english_of(asked.whole.offers[part].content)
    return found


def answers_for(asked: Asked, part: str, values: Mapping[str, object]) -> dict[str, object]:
    """What a part's own guide asks and situations need, answered: by the theme, by the part's declaration, by the form."""
    content = dict(asked.whole.offers[part].content)
    told = asked.whole.theme.part(part).told(asked.answers)
    told |= {text_of(row, "ask_name"): values[name] for name, row in asked.guides.items() if text_of(row, "ask_name") not in told
             and name in values}
    kept = asking.judged(content, asking.restored(content, told))
    sourced = {text_of(asked.guides[field], "ask_name") for field in asked.sources} - guidance.named_by_situations(content)
    return {name: value for name, value in kept.items() if name not in sourced}  # another part's guide may be the one that names it


def fields_for(asked: Asked, part: str) -> frozenset[str]:
    """The fields of the form that concern a part: questions of the bank that its form asks, and those of its guide."""
    own = {text_of(row, "ask_name") for row in rows_of(asked.whole.offers[part].content, "asks")}
    bank = {str(one.field["name"]) for one in asked.questions if part in asked.merged.asked_by[one.name]}
    return frozenset(bank | {name for name, row in asked.guides.items() if text_of(row, "ask_name") in own})


def handed_for(asked: Asked, part: str, values: Mapping[str, object], *, is_window: bool) -> dict[int, Handed]:
    """The materials of a part's case by their number in its guide: handed in once for all, fetched, or the result of an earlier part.

    `is_window`: the values are those of the window's checklist, not uploads.
    """
    found: dict[int, Handed] = {}
    wanted = {key_of(one.row): (number, one) for number, one in enumerate(asked.merged.materials, 1) if part in one.parts}
    for place, row in enumerate(rows_of(asked.whole.offers[part].content, "materials"), 1):
        number, material = wanted.get(key_of(row), (0, None))
        if material is not None and (handed := _handed(asked, material, values.get(f"m{number}"), is_window=is_window)) is not None:
            found[place] = handed
    return found


def _handed(asked: Asked, material: Material, value: object, *, is_window: bool) -> Handed | None:
    if material.given_by:
        return Handed(MaterialState.FETCHED, note=f"由“{asked.whole.title(material.given_by)}”办好后转来")
    if is_window and not asking.is_exempt(material.row):
        return window.handed(value)
    if isinstance(value, list) and value:
        return Handed(MaterialState.UPLOADED, [str(one) for one in value])
    if material.row.get("is_exempt") is True:
        return Handed(asking.unhanded(material.row))
    return None


def _guides(whole: Whole, parts: tuple[str, ...], answers: Mapping[str, object]) -> dict[str, Row]:
    """What the guides ask that neither theme nor part tells, each once."""
    found: dict[str, Row] = {}
    for part in parts:
        told = whole.theme.part(part).told(answers)
        for row in rows_of(whole.offers[part].content, "asks"):
            name = text_of(row, "ask_name")
            if name not in told and name not in found:
                found[name] = row
    return {f"q{number}": row for number, row in enumerate(found.values(), 1)}


def sections(asked: Asked) -> list[dict[str, object]]:
    """The pages of the question bank's sections."""
    pages: list[dict[str, object]] = []
    for name, title in asked.whole.bank.sections.items():
        fields = [field for one in asked.questions if one.section == name for field in _banked(asked, one)]
        if fields:
            pages.append({"id": f"s-{name}", "title": title, "hint": "每个问题只问一次，几个事项共用。", "fields": fields})
    return pages


def _banked(asked: Asked, one: Question) -> list[dict[str, object]]:
    if one.source is None:
        return [dict(one.field)]
    is_prefilled = asked.numbers[one.name] in asked.prefilled
    return asking.sourced_fields(one.field, str(one.field.get("label", "")), is_prefilled=is_prefilled)


def _numbers(marks: str) -> frozenset[int]:
    bits = int(marks, 16) if marks and len(marks) <= MARKS and all(one in "0123456789abcdef" for one in marks) else 0
    return frozenset(number + 1 for number in range(bits.bit_length()) if bits >> number & 1)


def situation(asked: Asked) -> list[dict[str, object]]:
    """The page of what guides ask beside the theme, when they do."""
    fields: list[dict[str, object]] = []
    for number, (name, row) in enumerate(asked.guides.items(), 1):
        fields += asking.asked_fields(row, number, is_sourced=name in asked.sources, is_prefilled=number in asked.prefilled)
    return [{"id": "situation", "title": "具体情况", "fields": fields}] if fields else []


def _materials(asked: Asked) -> list[dict[str, object]]:
    fields = [_field(asked, number, one) for number, one in enumerate(asked.merged.materials, 1)]
    hint = "每份材料只交一次，用到它的部门共用；每份文件不超过 20 MB；可以先存为草稿，换一天再传。"
    return [{"id": "materials", "title": "材料", "hint": hint, "fields": fields}] if fields else []


def given(asked: Asked, number: int, one: Material) -> dict[str, object]:
    """A material that is the result of an earlier part, told."""
    told = f"{one.name}：免提交（由“{asked.whole.title(one.given_by)}”办好后转来）"
    return {"name": f"m{number}", "label": told[:200], "type": "note"}


def used(asked: Asked, one: Material) -> str:
    """Which parts a material is for."""
    return f"用在：{'、'.join(asked.whole.title(part) for part in one.parts)}"


def _field(asked: Asked, number: int, one: Material) -> dict[str, object]:
    name, row = f"m{number}", one.row
    if one.given_by:
        return given(asked, number, one)
    if asking.is_exempt(row):
        return {"name": name, "label": f"{one.name}：免提交（由部门调取、核验）"[:200], "type": "note"}
    told = [text_of(row, "fill_explain"), f"仅“{'、'.join(one.situations)}”需要" if one.situations else ""]
    if row.get("is_tolerable") is True:
        told.append(f"可以先不交，受理后 {number_of(row, 'tolerate_days') or 10} 个工作日内补齐")
    elif text_of(row, "is_need") != asking.NEEDED:
        told.append("可以不交")
    told.append(used(asked, one))
    is_required = asking.is_needed(row) and not one.situations and row.get("is_exempt") is not True
    return {
        "name": name, "label": one.name[:100], "type": "file", "types": asking.TYPES, "max_files": 5, "max_size": "20MB",
        "required": is_required, "hint": "；".join(part for part in told if part)[:500],
    }
