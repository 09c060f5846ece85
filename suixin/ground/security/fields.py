"""Model fields at rest under SM4-GCM: text that the database never sees, and an index to find it by equality.

    class Person(models.Model):
        number = SealedTextField("证件号码", purpose="resident")
        number_index = BlindIndexField("证件号码盲索引", source="number")

    Person.objects.filter(number_index__text="11010519491231002X")

Promise  a sealed value opens only in its own column; every lookup on the sealed column itself but `isnull` is refused
Traps    the index follows its source on `save()`: with `update_fields` name both, `update()` and `bulk_update`
         write neither; empty text is stored as empty, unsealed
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import lookups

from suixin.ground.security.keys import ring
from suixin.kit.keyring.ring import normalised

if TYPE_CHECKING:
    _Bytes = models.BinaryField[str, str]
    _Text = models.CharField[str, str]
else:
    _Bytes, _Text = models.BinaryField, models.CharField


class SealedTextField(_Bytes):
    """Text in Python, sealed bytes in the database."""

    empty_values = [None, ""]

    def __init__(self, *words: Any, purpose: str, context: str = "", **named: Any) -> None:  # noqa: ANN401 Django's own
        self.purpose, self.context = purpose, context
        named.setdefault("default", "")
        super().__init__(*words, **named)

    def deconstruct(self) -> Any:  # noqa: ANN401 Django's own
        name, path, words, named = super().deconstruct()
        named["purpose"] = self.purpose
        if self.context:
            named["context"] = self.context
        return name, path, words, named

    @property
    def aad(self) -> bytes:
        """What binds a sealed value to its column; give `context` when a table or column is renamed."""
        return (self.context or f"{self.model._meta.label_lower}.{self.name}").encode()

    def seal(self, text: str) -> bytes:
        """The bytes that stand in the database for `text`."""
        return ring().seal(self.purpose, text.encode(), self.aad) if text else b""

    def from_db_value(self, value: bytes | memoryview | None, *context: object) -> str | None:  # noqa: ARG002 Django's own
        """The text. Raises BrokenSeal and the keyring's errors."""
        if value is None:
            return None
        raw = bytes(value)
        return ring().open(self.purpose, raw, self.aad).decode() if raw else ""

    def get_db_prep_value(self, value: object, connection: Any, prepared: bool = False) -> object:  # noqa: ANN401 Django's own
        return super().get_db_prep_value(self.seal(value) if isinstance(value, str) else value, connection, prepared)

    def _check_str_default_value(self) -> list[Any]:
        """Nothing: in Python the field holds text, and so may its default be."""
        return []

    def get_default(self) -> Any:  # noqa: ANN401 Django's own
        return self.default() if callable(self.default) else self.default

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 Django's own
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def get_lookup(self, lookup_name: str) -> Any:  # noqa: ANN401 Django's own
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.model.__name__}.{self.name} is sealed: look it up by its BlindIndexField with `__text`")


class BlindIndexField(_Text):
    """Keyed digest of a sealed field of the same row, kept up by `save()`; found with `<name>__text="..."`."""

    def __init__(self, *words: Any, source: str, **named: Any) -> None:  # noqa: ANN401 Django's own
        self.source = source
        named |= {"max_length": 32, "editable": False, "blank": True, "default": "", "db_index": True}
        super().__init__(*words, **named)

    def deconstruct(self) -> Any:  # noqa: ANN401 Django's own
        name, path, words, named = super().deconstruct()
        for fixed in ("max_length", "editable", "blank", "default", "db_index"):
            named.pop(fixed, None)
        return name, path, words, {**named, "source": self.source}

    @property
    def purpose(self) -> str:
        """The purpose of the sealed field."""
        source = self.model._meta.get_field(self.source)
        if not isinstance(source, SealedTextField):
            raise FieldError(f"{self.model.__name__}.{self.source} is no SealedTextField")
        return source.purpose

    def index(self, text: str) -> str:
        """The index of `text` under the current key; "" for empty text."""
        return ring().blind_index(self.purpose, f"{self.aad}\0{normalised(text)}") if text else ""

    def indexes(self, text: str) -> Iterable[str]:
        """The index of `text` under every key that rows may still have."""
        return ring().blind_indexes(self.purpose, f"{self.aad}\0{normalised(text)}") if text else ("",)

    @property
    def aad(self) -> str:
        """Keeps equal texts of two columns from having equal indexes."""
        source = self.model._meta.get_field(self.source)
        return source.aad.decode() if isinstance(source, SealedTextField) else ""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002 Django's own
        """The index of what the sealed field holds now."""
        value = self.index(getattr(model_instance, self.source) or "")
        setattr(model_instance, self.attname, value)
        return value


@BlindIndexField.register_lookup
class OfText(lookups.In):
    """`<index>__text="..."`: rows whose sealed text is this one, under any key still in use."""

    lookup_name = "text"

    def __init__(self, lhs: Any, rhs: Any) -> None:  # noqa: ANN401 Django's own
        super().__init__(lhs, list(lhs.output_field.indexes(str(rhs))))
