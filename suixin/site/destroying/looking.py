"""The last look: whether a value is still in a row of the database or in a file of the home. Found, there is no certificate.

Not looked into  data files, rejects and originals of the lake (read row by row before), keys, attachments and other tables'
                 indexes and downloads, which are matters of their own
People           accounts, organisations and firms are who they are: a firm's credit code stays there when its rows end
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any  # any model's field

from django.apps import apps
from django.conf import settings
from django.db import models

from suixin.data.collection.destruction.errors import StillThere
from suixin.data.collection.destruction.places import Ending
from suixin.data.collection.destruction.seeking import ENCODINGS
from suixin.data.lake.models import Destruction
from suixin.site.destroying.texts import naming, values_of

_IDENTITIES = frozenset({"people", "auth", "axes"})
_SETTLED = frozenset({".parquet", ".sealed", ".zst"})
_OUT = frozenset({"keys", "files", "static", "tmp", "scratch"})
_PIECE = 4 << 20


def require_gone(endings: Sequence[Ending]) -> str:
    """What was looked through, as a sentence. Raises StillThere, naming where a value is left."""
    values = values_of(endings)
    if not values:
        return ""
    left, is_identity = [], False
    for model, field in _named(values):
        if model._meta.app_label in _IDENTITIES:
            is_identity = True
        else:
            left.append(f"数据库“{field.verbose_name}”（{model._meta.label}.{field.name}）")
    count = 0
    tables = frozenset(ending.resource.table for ending in endings)
    for path in _files(tables, has_database=not is_identity):
        count += 1
        if _holds(path, _patterns(values)):
            left.append(f"文件 {path.relative_to(settings.SUIXIN.home)}")
    if left:
        raise StillThere(f"销毁之后仍在下列地方找到该值，没有出具销毁证明：{'、'.join(left[:10])}。请处理这些地方后重做这项任务。")
    return f"已逐一检查控制数据库各表和 {count:,} 个文件，没有找到该值。"


def _named(values: Sequence[str]) -> Iterator[tuple[type[models.Model], "models.Field[Any, Any]"]]:
    """Fields of models that name a value. What is sealed is not looked into: its owner was told."""
    for model in apps.get_models():
        if model is Destruction or model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.local_concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField | models.JSONField)
            if is_text and naming(model, [field.name], values).exists():
                yield model, field


def _files(tables: frozenset[str], *, has_database: bool) -> Iterator[Path]:
    home = Path(settings.SUIXIN.home)
    database = settings.SUIXIN.database_file or home / "suixin.sqlite"
    for path in sorted(home.rglob("*")):
        parts = path.relative_to(home).parts
        is_foreign = parts[0] in ("index", "cache") and len(parts) > 2 and not tables & set(parts)
        is_out = parts[0] in _OUT or path.is_relative_to(Path(settings.SUIXIN.lake) / "tmp") or path.suffix in _SETTLED
        is_database = path.name.startswith(database.name)
        if path.is_file() and not (is_foreign or is_out or (is_database and not has_database)):
            yield path


def _patterns(values: Sequence[str]) -> list[bytes]:
    forms = {form for value in values for form in (value, value.lower(), value.upper())}
    found = {form.encode(encoding) for form in forms for encoding in ENCODINGS}
    return sorted(found | {form.encode("unicode_escape") for form in forms if not form.isascii()})


def _holds(path: Path, patterns: Sequence[bytes]) -> bool:
    overlap, tail = max(map(len, patterns)), b""
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                window = tail + piece
                if any(pattern in window for pattern in patterns):
                    return True
                tail = window[-overlap:]
    except FileNotFoundError:  # a draft of somebody else, gone meanwhile
        return False
    return False
