"""Sample code of a department's call, in Python, Java and at a shell, ready to run; the secret comes from SUIXIN_APP_SECRET."""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from suixin.kit import signing

_FOLDER = Path(__file__).parent / "samples"


def _quoted(text: str) -> str:
    """A string literal of Python and Java, in ASCII."""
    return json.dumps(text)


_LITERALS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "Python": ("python.txt", _quoted), "Java": ("java.txt", _quoted), "curl": ("curl.txt", shlex.quote),
}
LANGUAGES = tuple(_LITERALS)


@dataclass(frozen=True, slots=True)
class Sampled:
    """The call that a sample makes."""

    host: str
    table: str
    action: str
    app_id: str
    body: Mapping[str, object]


def code(language: str, call: Sampled) -> str:
    """The sample in one of LANGUAGES."""
    return _filled(*_LITERALS[language], call)


def sealed_code(call: Sampled) -> str:
    """The same call enciphered and signed with SM2, in Python; the application's private key is the file SUIXIN_APP_PRIVATE_KEY."""
    return _filled("sealed.txt", _quoted, call)


def _filled(name: str, literal: Callable[[str], str], call: Sampled) -> str:
    values = {
        "@HOST@": call.host, "@PATH@": signing.canonical_path(f"/gateway/{call.table}/{call.action}"), "@APP@": call.app_id,
        "@BODY@": json.dumps(call.body, ensure_ascii=False),
    }
    text = (_FOLDER / name).read_text("utf-8")
    for mark, value in values.items():
        text = text.replace(mark, literal(value))
    return text
