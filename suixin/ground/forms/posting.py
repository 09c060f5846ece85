"""The shape of a post: names that belong to the page, rows of repeated groups, limits; and kept values in that shape.

Names that begin with `_` are the page's own: `_token` `_revision` `_page` `_do` `_shown` `_end`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from suixin.ground.forms.declaration import Field, FieldType, Form, Group

if TYPE_CHECKING:
    from suixin.ground.files.limits import Upload
    from suixin.ground.forms.answers import Posted, Values

MAX_KEYS = 1_000
MAX_FILES = 40
_ROW = re.compile(r"([a-z][a-z0-9_]{0,39})\.([0-9]{1,4})\.([a-z][a-z0-9_]{0,39})")
_OWN = ("csrfmiddlewaretoken",)
_TOLD = 5


class _Nothing:
    """No post at all."""

    def keys(self) -> Sequence[str]:
        """No names."""
        return ()

    def getlist(self, _key: str) -> list[object]:
        """Nothing."""
        return []


NOTHING: "Posted" = _Nothing()


class AsPosted:
    """Kept values as a browser would post them."""

    def __init__(self, form: Form, values: Mapping[str, object]) -> None:
        self.lists: dict[str, list[object]] = {}
        for group, field in form.fields():
            rows = values.get(group.id) if group.repeat else None
            if group.repeat:
                for place, row in enumerate(rows if isinstance(rows, list) else ()):
                    if isinstance(row, Mapping):
                        self._add(f"{group.id}.{place}.{field.name}", field, row.get(field.name))
            elif field.type is not FieldType.FILE:
                self._add(field.name, field, values.get(field.name))

    def keys(self) -> list[str]:
        """Names that have a value."""
        return list(self.lists)

    def getlist(self, key: str) -> list[object]:
        """The texts of a name."""
        return self.lists.get(key, [])

    def _add(self, key: str, field: Field, value: object) -> None:
        texts = texts_of(field, value)
        if texts:
            self.lists[key] = list(texts)


def texts_of(field: Field, value: object) -> list[str]:
    """A kept value as the texts that a browser would post for it."""
    if value is None or value == "":
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, list):
        return [str(one) for one in value]
    if field.type is FieldType.DATE_TIME:
        try:
            return [datetime.fromisoformat(str(value)).replace(tzinfo=None).isoformat(timespec="seconds")]
        except ValueError:
            return [str(value)]
    return [str(value)]


def refusal(form: Form, posted: "Posted", files: "Posted | None", *, page: int | None) -> str:
    """Why the post as a whole is not looked at further; without the full stop, "" when it is."""
    names = [*posted.keys(), *(files.keys() if files else ())]
    if len(names) > MAX_KEYS:
        return f"一次交来了 {len(names)} 项，超过 {MAX_KEYS} 项；请减少重复的行，分几次填写"
    if files and sum(len(_list(files, name)) for name in files.keys()) > MAX_FILES:  # noqa: SIM118  not a mapping
        return f"一次上传的文件超过 {MAX_FILES} 个；请分几次上传"
    known = _names(form, page)
    unknown = [name for name in names if not name.startswith("_") and name not in _OWN and not _is_known(name, known)]
    if unknown:
        told = "、".join(f"“{name[:40]}”" for name in unknown[:_TOLD])
        return f"这一页没有字段{told}{'等' if len(unknown) > _TOLD else ''}；请从表单页面重新填写"
    for group in {group.id: group for _, _, group in form.groups() if group.repeat}.values():
        rows = len(rows_of(posted, group.id))
        if group.repeat and rows > group.repeat.most:
            return f"{group.title or group.repeat.row}交来了 {rows} 行，最多 {group.repeat.most} 行；请删去多余的行"
    return ""


def rows_of(posted: "Posted", group: str) -> list[int]:
    """Places of the rows of a group, in order."""
    found = {int(match[2]) for name in posted.keys() if (match := _ROW.fullmatch(name)) and match[1] == group}  # noqa: SIM118  not a mapping
    return sorted(found)


def texts(posted: "Posted", key: str) -> list[str]:
    """The texts posted under a name; what is no text counts as its text."""
    return [str(one) for one in _list(posted, key)]


def uploads(files: "Posted | None", key: str) -> "list[Upload]":
    """The files posted under a name."""
    return cast("list[Upload]", _list(files, key)) if files else []


def shown(posted: "Posted") -> frozenset[str] | None:
    """Names that the page showed; None when it does not say."""
    told = texts(posted, "_shown")
    return frozenset(" ".join(told).split()) if told else None


def fitting(form: Form, known: Mapping[str, object]) -> "Values":
    """Of kept values those whose names and shapes are still the form's."""
    kept: dict[str, object] = {}
    for group, field in form.fields():
        name = group.id if group.repeat else field.name
        value = known.get(name)
        if value is None or name in kept:
            continue
        if group.repeat:
            kept[name] = [_row(group, row) for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        elif isinstance(value, list) == (field.type in (FieldType.CHOICES, FieldType.FILE)):
            kept[name] = value
    return cast("Values", kept)


def _row(group: Group, row: Mapping[str, object]) -> dict[str, object]:
    return {field.name: row[field.name] for field in group.fields if field.name in row}


def _list(posted: "Posted", key: str) -> list[object]:
    held = posted.getlist(key)
    return held if isinstance(held, list) else []


def _names(form: Form, page: int | None) -> dict[str, frozenset[str]]:
    """Names of single fields under "", those of rows under their group's id."""
    found: dict[str, frozenset[str]] = {"": frozenset()}
    for number, _, group in form.groups():
        if page in (None, number):
            place = group.id if group.repeat else ""
            found[place] = found.get(place, frozenset()) | {field.name for field in group.fields}
    return found


def _is_known(name: str, known: Mapping[str, Iterable[str]]) -> bool:
    match = _ROW.fullmatch(name)
    return match[3] in known.get(match[1], ()) if match else name in known[""]
