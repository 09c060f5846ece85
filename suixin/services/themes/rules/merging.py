"""One form and one set of materials of several items: each question asked once, the same licence or material handed in once; pure.

Same      materials with the same licence type, else with the same name
Strictest of the merged rows: necessary when one is; as many copies as the most; fetched when one department can fetch it
Given     a material that is the result of an earlier part passes between departments and is not asked for
Source    standards/services.md 2.2: 合并表单（公共字段去重）, 合并材料（同证照一份）
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from suixin.services.items import guidance
from suixin.services.items.elements import Row
from suixin.services.items.stated import number_of, rows_of, text_of
from suixin.services.themes.declaration import Answers, Question, Whole

BOTH = "3"
_NECESSARY = "1"


@dataclass(frozen=True, slots=True)
class Material:
    """One material of the theme: as the items describe it, which parts want it, the part whose result it is (else empty)."""

    name: str
    row: Row
    parts: tuple[str, ...]
    given_by: str = ""
    situations: tuple[str, ...] = ()

    @property
    def is_exempt(self) -> bool:
        """Whether nobody has to hand it in: fetched, promised, or passed on between departments."""
        return bool(self.given_by) or self.row.get("is_exempt") is True


@dataclass(frozen=True, slots=True)
class Merged:
    """The theme's one form, one list of materials, fees; `asked` and `wanted` beside what the items would ask for each alone."""

    questions: tuple[Question, ...]
    asked_by: Mapping[str, tuple[str, ...]]
    materials: tuple[Material, ...]
    fees: tuple[tuple[str, Row], ...]
    questions_alone: int
    materials_alone: int
    sections: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many questions are asked."""
        return len(self.questions)

    @property
    def handed_in(self) -> int:
        """How many materials somebody has to hand in."""
        return sum(not one.is_exempt for one in self.materials)

    def form(self, slug: str, title: str) -> dict[str, object]:
        """The one form as a declaration of `ground.forms`: a page for each section that asks something."""
        pages = [
            {"id": f"s-{name}", "title": word, "fields": [dict(one.field) for one in self.questions if one.section == name]}
            for name, word in self.sections.items() if any(one.section == name for one in self.questions)
        ]
        return {"id": f"theme-{slug}", "title": title, "pages": pages}


def merge(whole: Whole, parts: Sequence[str], answers: Answers) -> Merged:
    """The form, materials and fees of these parts in this situation."""
    offers = [whole.offers[name] for name in parts]
    asked_by = {
        name: tuple(one.part for one in offers if name in one.questions)
        for name in whole.bank.questions if any(name in one.questions for one in offers)
    }
    order = list(whole.bank.sections)
    questions = sorted((whole.bank.questions[name] for name in asked_by), key=lambda one: order.index(one.section))
    wanted = [(one.part, row, open_) for one in offers for row, open_ in _wanted(one.content, whole.theme.part(one.part).told(answers))]
    fees = tuple((one.part, row) for one in offers if one.content.get("is_fee") is True for row in rows_of(one.content, "fees"))
    return Merged(
        tuple(questions), asked_by, tuple(_merged(whole, parts, wanted)), fees, sum(len(one.questions) for one in offers), len(wanted),
        whole.bank.sections,
    )


def key_of(row: Row) -> str:
    """What makes two materials the same: the type of the licence, else the name."""
    return text_of(row, "cert_type_code") or text_of(row, "material_name")


def _wanted(content: Mapping[str, object], answers: Answers) -> Iterator[tuple[Row, str]]:
    """The materials of an item that this situation may call for; with the item's own situation where it is still open."""
    asked = {text_of(row, "ask_name") for row in rows_of(content, "asks")}
    told = {name: value for name, value in answers.items() if name in asked}
    holding = guidance.situations_of(content, told)
    open_ = guidance.open_situations_of(content, told)
    for row in rows_of(content, "materials"):
        situation = text_of(row, "situation")
        if not situation or situation in holding:
            yield row, ""
        elif situation in open_:
            yield row, situation


def _merged(whole: Whole, parts: Sequence[str], wanted: Sequence[tuple[str, Row, str]]) -> Iterator[Material]:
    keys = list(dict.fromkeys(key_of(row) for _, row, _ in wanted))
    for key in keys:
        of_it = [(part, row, open_) for part, row, open_ in wanted if key_of(row) == key]
        row = _strictest([row for _, row, _ in of_it])
        name = text_of(row, "material_name")
        told = tuple(dict.fromkeys(part for part, _, _ in of_it))
        is_always = any(not open_ for _, _, open_ in of_it)
        situations = () if is_always else tuple(dict.fromkeys(open_ for _, _, open_ in of_it))
        yield Material(name, row, told, _giver(whole, parts, told, name), situations)


def _giver(whole: Whole, parts: Sequence[str], wanting: Sequence[str], name: str) -> str:
    """The part whose result the material is: all that want it wait for that part; empty when there is none."""
    for one in parts:
        if name in whole.theme.part(one).gives and all(one in whole.theme.part(part).needs for part in wanting):
            return one
    return ""


def _strictest(rows: Sequence[Row]) -> Row:
    found = dict(rows[0])
    copies = [number for row in rows if (number := number_of(row, "page_num"))]
    if copies:
        found["page_num"] = max(copies)
    for key in ("material_type", "material_format"):
        kinds = {text_of(row, key) for row in rows} - {""}
        if len(kinds) > 1:
            found[key] = BOTH
    if any(text_of(row, "is_need") == _NECESSARY for row in rows):
        found["is_need"] = _NECESSARY
    for row in rows:
        if row.get("is_exempt") is True:
            found |= {key: row[key] for key in ("is_exempt", "exempt_way", "cert_type_code") if key in row}
        for key in ("form_guid", "example_guid", "accept_stand", "fill_explain", "by_law"):
            if not text_of(found, key) and text_of(row, key):
                found[key] = row[key]
    if not all(row.get("is_tolerable") is True for row in rows):
        found.pop("is_tolerable", None)
        found.pop("tolerate_days", None)
    return found
