"""What a standard file holds: code sets and data elements as frozen values, and how a header is compared."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from suixin.kit.errors import SuixinError

TYPE_LETTERS = frozenset("CNYDTLMGBIF")  # ItemType of the catalogue, which stands above this module
_UNIT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NOISE = re.compile(r"[\s_\-*::./]+")


class BadStandard(SuixinError):
    """A file of standards breaks a rule; the sentence names file and place."""

    code = "standard-500"


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A closed list of codes. `aliases` are further names of a code ("男性" → "1"); all look-ups are exact.

    `retired`: abolished codes by the one that each became; `gone`: those that became several, or nothing. `owner`: the credit code
    of the department whose own set it is.
    """

    code: str
    name: str
    version: str
    source: str
    entries: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    by_name: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    retired: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    digest: str = ""
    owner: str = ""
    total: int = 0
    translates: bool = False

    @property
    def reference(self) -> str:
        """The set in this very version, as an item may name it; without a version just the set."""
        return f"{self.code}@{self.version}" if self.version else self.code

    @property
    def followed(self) -> Mapping[str, str]:
        """Abolished codes that are taken as the one code that they became; empty when the version does not say so."""
        return self.retired if self.translates else MappingProxyType({})

    def code_of(self, value: str) -> str | None:
        """The code that `value` (a code, a name or an alias) stands for; None when it is none of the set."""
        if value in self.entries:
            return value
        return self.by_name.get(value) or self.aliases.get(value)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and self.code_of(value) is not None


@dataclass(frozen=True, slots=True)
class DataElement:
    """A column as the standards know it. `type` is a letter of the compilation guide, `level` 1 to 4."""

    field: str
    name: str
    type: str
    aliases: tuple[str, ...] = ()
    length: int | None = None
    scale: int | None = None
    unit: str = ""
    code_set: str = ""
    level: int = 1
    mask: str = ""


def normal_header(header: str) -> str:
    """A header as it is compared: NFKC, lower case, without blanks, underscores, stops and asterisks."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", header).casefold())


def header_without_unit(header: str) -> str:
    """The same without what stands in brackets: "PM2.5(μg/m³)" → "pm25"."""
    return normal_header(_UNIT.sub("", unicodedata.normalize("NFKC", header)))
