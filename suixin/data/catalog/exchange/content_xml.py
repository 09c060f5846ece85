"""Any JSON value as XML elements of our own namespace and back, without loss: what the standard's elements cannot say.

Shape   `<v k="name">text</v>`; `t` tells what is no text: `n` number, `b` true or false, `null`, `l` list, `m` mapping; list
        members are `<v>` without `k`
Texts   characters that XML cannot hold are left out, line ends are \n
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any  # contents are JSON
from xml.etree import ElementTree as ET

from suixin.data.catalog.errors import BadWorkbook

NAMESPACE = "urn:suixin:catalogue:1"
TAG = f"{{{NAMESPACE}}}v"
MAX_DEPTH = 8
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """The text as XML can hold it."""
    return _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def element_of(value: object, key: str | None = None) -> ET.Element:
    """The value as an element."""
    made = ET.Element(TAG, {} if key is None else {"k": clean(key)})
    if isinstance(value, str):
        made.text = clean(value)
        return made
    if isinstance(value, Mapping):
        made.set("t", "m")
        made.extend(element_of(one, str(name)) for name, one in value.items())
    elif isinstance(value, Sequence):
        made.set("t", "l")
        made.extend(element_of(one) for one in value)
    elif value is None:
        made.set("t", "null")
    else:
        made.set("t", "b" if isinstance(value, bool) else "n")
        made.text = str(value).lower()
    return made


def value_of(element: ET.Element, depth: int = 0) -> Any:  # noqa: ANN401  # it is JSON
    """The value that an element says. Raises BadWorkbook."""
    kind, text = element.get("t", ""), element.text or ""
    if depth > MAX_DEPTH or kind not in ("", "n", "b", "null", "l", "m"):
        raise BadWorkbook("XML 里本平台扩展部分的结构不对；请用本平台导出的文件，或去掉扩展部分再导入。")
    match kind:
        case "m":
            return {one.get("k", ""): value_of(one, depth + 1) for one in element}
        case "l":
            return [value_of(one, depth + 1) for one in element]
        case "n":
            return _number(text)
        case "b":
            return text == "true"
        case "null":
            return None
    return text


def _number(text: str) -> int | float:
    if not re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text):
        raise BadWorkbook(f"XML 里本平台扩展部分的数“{text[:20]}”不对；请用本平台导出的文件。")
    return float(text) if "." in text else int(text)
