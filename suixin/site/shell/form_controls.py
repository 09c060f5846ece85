"""What the components `form_*.html` draw: a page of a declared form with its controls, texts as typed, faults at their places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext

from suixin.ground.files.limits import limit_of_all, megabytes, titles
from suixin.ground.files.models import Attachment
from suixin.ground.files.queries import named
from suixin.ground.files.sniffing import FILE_TYPES
from suixin.ground.forms.answers import Fault, Posted, holds, record_of
from suixin.ground.forms.choices import options_of
from suixin.ground.forms.declaration import Field, FieldType, Form, Group
from suixin.ground.forms.posting import rows_of, texts

FEW = 7  # options up to which they are all seen at once
_INPUTS: Mapping[FieldType, tuple[str, str, str]] = {  # type, inputmode, autocomplete
    FieldType.INTEGER: ("text", "numeric", ""), FieldType.DECIMAL: ("text", "decimal", ""), FieldType.DATE: ("date", "", ""),
    FieldType.DATE_TIME: ("datetime-local", "", ""), FieldType.MOBILE: ("tel", "tel", ""), FieldType.EMAIL: ("email", "email", ""),
    FieldType.RESIDENT_ID: ("text", "", "off"), FieldType.BANK_CARD: ("text", "numeric", "off"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice."""

    value: str
    label: str
    is_chosen: bool
    id: str


@dataclass(frozen=True, slots=True)
class Control:
    """One question as it is drawn. `kind`: input, textarea, select, radios, checkboxes, file, note."""

    key: str
    id: str
    label: str
    kind: str
    hint: str = ""
    limits: str = ""
    error: str = ""
    text: str = ""
    is_required: bool = False
    input: str = "text"
    inputmode: str = ""
    autocomplete: str = ""
    options: Sequence[Option] = ()
    files: Sequence[Attachment] = ()
    accept: str = ""
    is_multiple: bool = False
    has_focus: bool = False

    @property
    def described_by(self) -> str:
        """Ids of the texts that belong to it."""
        parts = (("hint", self.hint), ("limits", self.limits), ("error", self.error))
        return " ".join(f"{self.id}-{name}" for name, text in parts if text)


@dataclass(frozen=True, slots=True)
class Block:
    """Controls under a heading; of a repeated group one row. `drop` is what the button that removes it says."""

    id: str
    title: str
    controls: Sequence[Control]
    hint: str = ""
    error: str = ""
    drop: str = ""
    add: str = ""
    add_label: str = ""


@dataclass(frozen=True, slots=True)
class FormStep:
    """One step of the progress."""

    title: str
    state: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class FormView:
    """A page of a form, ready to be drawn."""

    title: str
    hint: str
    page_title: str
    page_hint: str
    number: int
    place: int
    count: int
    steps: Sequence[FormStep]
    blocks: Sequence[Block]
    shown: str
    token: str
    revision: int
    faults: Sequence[tuple[str, str]] = field(default=())
    sentence: str = ""
    is_first: bool = True
    has_files: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What a page is drawn from: texts as posted or kept, answers so far, faults, and rows asked for."""

    posted: Posted
    values: Mapping[str, object]
    faults: Sequence[Fault] = ()
    more_rows: str = ""
    fewer: tuple[str, int] = ("", -1)


def blocks_of(form: Form, number: int, material: Material) -> list[Block]:
    """The visible blocks of a page."""
    record = record_of(form, material.values)
    faults = {fault.key: fault.sentence for fault in reversed(material.faults)}
    found: list[Block] = []
    for group in form.pages[number].groups:
        if holds(group.when, record):
            found += _rows(group, material, record, faults) if group.repeat else [_single(group, material, record, faults)]
    return found


def focused(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with the keyboard at their first question."""
    found = list(blocks)
    for place, block in enumerate(found):
        if block.controls and block.controls[0].kind != "note":
            first, *others = block.controls
            found[place] = replace(block, controls=[replace(first, has_focus=True), *others])
            break
    return found


def identity(key: str) -> str:
    """The id of the element of a posted name."""
    return "f-" + key.replace(".", "-")


def _single(group: Group, material: Material, record: Mapping[str, object], faults: Mapping[str, str]) -> Block:
    controls = [
        control(one, one.name, material, error=faults.get(one.name, "")) for one in group.fields if holds(one.when, record)
    ]
    return Block(identity(group.id), group.title, controls, group.hint)


def _rows(group: Group, material: Material, record: Mapping[str, object], faults: Mapping[str, str]) -> list[Block]:
    repeat = group.repeat
    assert repeat is not None  # noqa: S101  the caller asked
    places = [place for place in rows_of(material.posted, group.id) if (group.id, place) != material.fewer]
    while len(places) < repeat.least or material.more_rows == group.id:
        places.append(max(places, default=-1) + 1)
        if material.more_rows == group.id and len(places) >= repeat.least:
            break
    places, found = places[: repeat.most], []
    kept = material.values.get(group.id)
    for number, place in enumerate(places, 1):
        row = kept[number - 1] if isinstance(kept, list) and number <= len(kept) and isinstance(kept[number - 1], Mapping) else {}
        controls = [
            control(one, f"{group.id}.{place}.{one.name}", material, error=faults.get(f"{group.id}.{place}.{one.name}", ""))
            for one in group.fields if holds(one.when, {**record, **row})
        ]
        found.append(Block(
            f"{identity(group.id)}-{place}", f"{repeat.row} {number}", controls, drop=f"drop:{group.id}.{place}",
        ))
    add = f"add:{group.id}" if len(places) < repeat.most else ""
    head = Block(identity(group.id), group.title, (), group.hint, faults.get(group.id, ""))
    return [head, *found, Block("", "", (), add=add, add_label=repeat.row)]


def control(one: Field, key: str, material: Material, *, error: str) -> Control:
    """How one field is drawn."""
    place, typed = identity(key), texts(material.posted, key)
    if one.type is FieldType.NOTE:
        return Control(key, place, one.label, "note", one.hint)
    if one.type is FieldType.FILE:
        return _file(one, key, material, error)
    if one.type in (FieldType.CHOICE, FieldType.CHOICES, FieldType.DIVISION, FieldType.YES_NO):
        return _choice(one, key, typed, error)
    kind = "textarea" if one.type is FieldType.LONG_TEXT else "input"
    shape, mode, auto = _INPUTS.get(one.type, ("text", "", ""))
    limits = gettext("最多 %d 个字。") % one.max_length if kind == "textarea" else ""
    return Control(key, place, one.label, kind, one.hint, limits, error, typed[0] if typed else "", one.is_required, shape, mode, auto)


def _choice(one: Field, key: str, typed: Sequence[str], error: str) -> Control:
    place = identity(key)
    pairs = {"yes": gettext("是"), "no": gettext("否")} if one.type is FieldType.YES_NO else options_of(one)
    options = [
        Option(value, label, value in typed, place if number == 0 else f"{place}-{number}")
        for number, (value, label) in enumerate(pairs.items())
    ]
    kind = "checkboxes" if one.type is FieldType.CHOICES else "radios" if len(options) <= FEW else "select"
    return Control(key, place, one.label, kind, one.hint, "", error, is_required=one.is_required, options=options)


def _file(one: Field, key: str, material: Material, error: str) -> Control:
    kept = material.values.get(key)
    ids = [str(part) for part in kept] if isinstance(kept, list) else []
    held = named(ids)
    limits = gettext("可以上传%(types)s；每个不超过 %(size)s，最多 %(count)d 个。") % {
        "types": titles(one.types), "size": megabytes(min(one.max_bytes or limit_of_all(), limit_of_all())), "count": one.max_files,
    }
    accept = ",".join(f".{ending}" for word in one.types for ending in FILE_TYPES[word].endings)
    return Control(
        key, identity(key), one.label, "file", one.hint, limits, error, is_required=one.is_required, accept=accept,
        files=[held[part] for part in ids if part in held], is_multiple=one.max_files > 1,
    )
