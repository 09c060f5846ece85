"""Standards: code sets and data elements. What ships is YAML, read once; what a city keeps has versions in the database.

Use      code_set(code), code_sets(), match_code_set(header, values), element_for(header)
Layout   codes/*.yaml, elements/*.yaml in this folder; cities/<city>/codes/*.yaml and elements/*.yaml; models.py
Promise  unknown keys, doubled codes and doubled fields stop the start (BadStandard); look-ups are dictionary reads; a published
         version never changes; old codes and own codes stand for others by declared rule only
"""

from importlib import import_module
from typing import TYPE_CHECKING

from suixin.ground.standards.values import BadStandard, CodeSet, DataElement, normal_header

if TYPE_CHECKING:
    from suixin.ground.standards.queries import code_set, code_sets, element_for, elements, match_code_set

__all__ = [
    "BadStandard", "CodeSet", "DataElement", "code_set", "code_sets", "element_for", "elements", "match_code_set",
    "normal_header",
]


def __getattr__(name: str) -> object:
    """The look-ups, imported when first asked: Django imports this package before there may be tables."""
    if name in __all__:
        return getattr(import_module("suixin.ground.standards.queries"), name)
    raise AttributeError(name)
