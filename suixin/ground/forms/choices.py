"""What can be chosen: the options of a field, or those of its code set; divisions are the city's districts and townships."""

from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings

from suixin.ground.forms.declaration import Field, FieldType
from suixin.ground.standards import queries as standards

_DIVISIONS = ("-district", "-township")


def options_of(field: Field) -> Mapping[str, str]:
    """Value → what is shown, in order."""
    if field.type is FieldType.DIVISION:
        return _divisions(str(settings.SUIXIN.city))
    if field.code_set:
        return standards.code_set(field.code_set).entries
    return field.options or {}


def label_of(field: Field, value: str) -> str:
    """What is shown for a value; the value itself when it is no longer among them."""
    return options_of(field).get(value, value)


@lru_cache(maxsize=4)
def _divisions(_city: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in standards.code_sets():
        if one.code.endswith(_DIVISIONS):
            found |= one.entries
    return {code: f"{found[code[:6]]} · {name}" if len(code) > 6 and code[:6] in found else name for code, name in sorted(found.items())}
