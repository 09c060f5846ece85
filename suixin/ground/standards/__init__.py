"""Standards: code sets and data elements, read once from YAML, national ones here, the city's beside its other data.

Use      code_set(code), code_sets(), match_code_set(header, values), element_for(header)
Layout   codes/*.yaml, elements/*.yaml in this folder; cities/<city>/codes/*.yaml and elements/*.yaml
Promise  unknown keys, doubled codes and doubled fields stop the start (BadStandard); look-ups are dictionary reads
"""

from suixin.ground.standards.queries import (
    code_set,
    code_sets,
    element_for,
    elements,
    match_code_set,
)
from suixin.ground.standards.values import BadStandard, CodeSet, DataElement, normal_header

__all__ = [
    "BadStandard", "CodeSet", "DataElement", "code_set", "code_sets", "element_for", "elements", "match_code_set",
    "normal_header",
]
