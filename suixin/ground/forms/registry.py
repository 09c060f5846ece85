"""Which forms there are: files registered by modules; what happens when one is handed in; who else reads it.

Handler   runs inside the transaction of the submission: when it raises, nothing was handed in. It answers what that led to
Reader    who may read submissions about a subject of that kind, beside who handed in and who holds `forms.view`
Family    forms that no file declares but a row of a module above: `apply-12` is what the family `apply` says of "12".
          What it says of a key never changes. Who handed one in and its subject's reader read it, nobody by `forms.view`
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from suixin.ground.forms.declaration import Form
from suixin.ground.forms.errors import FaultyForm, UnknownForm
from suixin.ground.forms.models import Submission
from suixin.ground.forms.parsing import parse_form, read_yaml
from suixin.kit.actor import Actor

SHIPPED = Path(__file__).parent / "shipped"


@dataclass(frozen=True, slots=True)
class Handled:
    """What handing in led to: the address to go to ("": the submission's page), what it is about from now on (empty: as before)."""

    href: str = ""
    subject: tuple[str, str] = ("", "")


Handler = Callable[[Submission, Mapping[str, object], Actor], Handled]


@dataclass(frozen=True, slots=True)
class Registered:
    """A form and the mapping that it was read from."""

    form: Form
    declaration: object


_paths: dict[str, Path] = {}
_handlers: dict[str, Handler] = {}
_readers: dict[str, Callable[[Actor, str], bool]] = {}
_families: dict[str, Callable[[str], object]] = {}


def register_form(path: Path, *, handler: Handler | None = None) -> Form:
    """The form of that file, known from now on under its id; its file is read again when it changes. Raises FaultyForm."""
    form = _read(path, path.stat().st_mtime_ns).form
    known = _paths.get(form.id)
    if known is not None and known != path:
        raise FaultyForm(f"表单 {form.id} 已由 {known.name} 登记；请换一个 id。", [f"id {form.id} 重复"])
    _paths[form.id] = path
    if handler is not None:
        register_handler(form.id, handler)
    return form


def register_handler(slug: str, handler: Handler) -> None:
    """What handing in that form does: `handler(submission, all answers, actor)`."""
    _handlers[slug] = handler


def register_family(prefix: str, read: Callable[[str], object], *, handler: Handler | None = None) -> None:
    """Let `prefix-key` be the form that `read(key)` declares, a mapping; `read` raises UnknownForm when there is none."""
    _families[prefix] = read
    if handler is not None:
        register_handler(prefix, handler)


def register_reader(subject_kind: str, may_read: Callable[[Actor, str], bool]) -> None:
    """Submissions about subjects of that kind are read by whom `may_read(actor, key of the subject)` lets, too."""
    _readers[subject_kind] = may_read


def registered(slug: str) -> Registered:
    """The form of that name. Raises UnknownForm."""
    _load_shipped()
    path = _paths.get(slug)
    if path is None and _family(slug):
        return _of_family(slug)
    if path is None:
        raise UnknownForm(f"没有表单“{slug[:80]}”；请从表单列表中选择。")
    return _read(path, path.stat().st_mtime_ns)


def slugs() -> list[str]:
    """Names of all forms, in order."""
    _load_shipped()
    return sorted(_paths)


def handler_of(slug: str) -> Handler | None:
    """What handing in that form does, if anybody said."""
    return _handlers.get(slug) or _handlers.get(_family(slug))


def families() -> list[str]:
    """How the names of forms of families begin."""
    return [f"{prefix}-" for prefix in _families]


def is_of_family(slug: str) -> bool:
    """Whether no file but a family declares the form of that name."""
    return bool(_family(slug))


def is_reader(actor: Actor, subject_kind: str, subject_key: str) -> bool:
    """Whether the subject's module lets the actor read."""
    answer = _readers.get(subject_kind)
    return answer is not None and answer(actor, subject_key)


@lru_cache(maxsize=1)
def _load_shipped() -> None:
    for path in sorted(SHIPPED.glob("*.yaml")):
        register_form(path)


@lru_cache(maxsize=200)
def _read(path: Path, _changed: int) -> Registered:
    mapping = read_yaml(path.read_text("utf-8"))
    return Registered(parse_form(mapping), mapping)


def declaration_of(form: Form) -> object:
    """The mapping that the form was read from; of a form that no file declares only its id and title."""
    path = _paths.get(form.id)
    held = _read(path, path.stat().st_mtime_ns) if path else _of_family(form.id) if _family(form.id) else None
    return held.declaration if held and held.form.digest == form.digest else {"id": form.id, "title": form.title}


def forget() -> None:
    """No form of a family is remembered: what its module declares is asked for again."""
    _of_family.cache_clear()


def _family(slug: str) -> str:
    prefix, dash, _ = slug.partition("-")
    return prefix if dash and prefix in _families else ""


@lru_cache(maxsize=500)
def _of_family(slug: str) -> Registered:
    prefix, _, key = slug.partition("-")
    mapping = _families[prefix](key)
    return Registered(parse_form(mapping), mapping)
