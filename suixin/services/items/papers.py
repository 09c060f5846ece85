"""Forms and samples of a guide as files: what the department uploaded, else what is made from the questions of the version.

Form     the blank one (空白表格); sample: filled in (示例样表). One that the guide only names, without questions, is no file
Tag      of an upload its digest, of what is made the digest of all that it is made from: the same version, the same file
Asked    `register(asks)`: modules above know more questions of an item's form (`themes`: the question bank)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from suixin.ground.files import store
from suixin.ground.files.names import kept_name
from suixin.ground.files.queries import named
from suixin.ground.forms.declaration import Field
from suixin.kit.sm import sm3_hex
from suixin.services.items import blanks, elements
from suixin.services.items.blanks import Sheet
from suixin.services.items.elements import Content, Row
from suixin.services.items.errors import UnknownItem
from suixin.services.items.models import Item, ItemVersion
from suixin.services.items.stated import codes_of, rows_of, text_of

FORM, SAMPLE = "form", "sample"
KINDS: Mapping[str, tuple[str, str, str]] = {
    FORM: ("form_guid", "form_file", "空白表格"), SAMPLE: ("example_guid", "example_file", "示例样表"),
}
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EDITION = "1"  # raise it when the same questions give another file
Asks = Callable[[Item], Sequence[Field]]
REMEMBERED = 128
_asks: dict[str, Asks] = {}
_made_already: dict[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class PaperFile:
    """One file; `sm3` of what was uploaded, else `make` makes it. `tag`: an entity tag, weak of what is made."""

    name: str
    media_type: str
    tag: str
    sm3: str = ""
    make: Callable[[], bytes] | None = None

    def content(self) -> bytes:
        """The bytes. Raises UnknownAttachment when those of an upload are gone."""
        if self.make is not None:
            return self.make()
        with store.opened(self.sm3) as held:
            return held.read()


def register(name: str, asks: Asks) -> None:
    """Let the module of that name tell what an item's form asks beyond the item itself."""
    _asks[name] = asks


def offered(version: ItemVersion) -> dict[int, list[tuple[str, str]]]:
    """What can be downloaded, by number of the material: kind and name."""
    questions = asked(version.item, version.content)
    found = {}
    for number, row in enumerate(rows_of(version.content, "materials"), 1):
        named_here = [(kind, text_of(row, name) or word) for kind, (name, file, word) in KINDS.items()
                      if text_of(row, file) or (text_of(row, name) and fields_of(row, questions))]
        if named_here:
            found[number] = named_here
    return found


def paper_of(version: ItemVersion, number: int, kind: str) -> PaperFile:
    """One of them. Raises UnknownItem."""
    rows = rows_of(version.content, "materials")
    if kind not in KINDS or not 0 < number <= len(rows):
        raise UnknownItem("没有这份表格；请从办事指南的“办理材料”里下载。")
    row, (name, file, word) = rows[number - 1], KINDS[kind]
    if uuid := text_of(row, file):
        held = named([uuid]).get(uuid)
        if held is None:
            raise UnknownItem("这份表格的文件不在了；请联系办理部门。")
        return PaperFile(held.name, held.media_type, f'"{held.sm3}"', held.sm3)
    fields = fields_of(row, asked(version.item, version.content))
    if not text_of(row, name) or not fields:
        raise UnknownItem(f"材料“{text_of(row, 'material_name')}”没有可以下载的{word}；请按指南上的说明准备。")
    return _made(version, row, kind, tuple(fields))


def fields_of(row: Row, questions: Sequence[Field]) -> Sequence[Field]:
    """What the form of a material asks: its own columns, else the item's questions; nothing of what is no form."""
    own = blanks.of_columns(text_of(row, "form_fields"))
    return own or (questions if text_of(row, "form_guid") else ())


def asked(item: Item, content: Content) -> Sequence[Field]:
    """The questions of the item's application form."""
    more = [field for asks in _asks.values() for field in asks(item)]
    return more or blanks.of_applicant(content, is_person=elements.PERSON in codes_of(content, "server_type"))


def _made(version: ItemVersion, row: Row, kind: str, fields: tuple[Field, ...]) -> PaperFile:
    title = text_of(row, KINDS[kind][0])
    sheet = Sheet(title, text_of(version.content, "task_name"), version.item.code, version.number, text_of(row, "fill_explain"))
    tag = sm3_hex(repr((_EDITION, kind, sheet, fields)).encode())
    make = blanks.sample if kind == SAMPLE else blanks.blank
    name = kept_name(f"{title}{'（模拟数据）' if kind == SAMPLE else ''}.docx")
    return PaperFile(name, DOCX, f'W/"{tag}"', make=lambda: _kept(tag, lambda: make(sheet, fields)))


def _kept(tag: str, make: Callable[[], bytes]) -> bytes:
    """The file, made once in a process: the public asks for the same ones."""
    if tag not in _made_already:
        if len(_made_already) >= REMEMBERED:
            _made_already.clear()
        _made_already[tag] = make()
    return _made_already[tag]
