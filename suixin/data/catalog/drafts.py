"""A catalogue entry before it is written: what a department, a city folder or a profile proposes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from suixin.data.catalog.contract import Contract


@dataclass(frozen=True, slots=True)
class Stated:
    """What an entry states of itself and the law has an opinion on (`rules.wrongs_of`, `rules.gaps_of`)."""

    abstract: str = ""
    share_type: str = "conditional"
    share_condition: str = ""
    share_scope: str = ""
    share_usage: str = ""
    withhold_reason: str = ""
    basis_document: str = ""
    basis_number: str = ""
    basis_article: str = ""
    open_type: str = "withheld"
    open_condition: str = ""
    update_cycle: str = "9"
    secrecy_assessment: str = ""
    privacy_assessment: str = ""


@dataclass(frozen=True, slots=True)
class Assessed:
    """The numbers of the two assessments that precede any entry (国务院令第809号 art. 13), stated by whoever loads it."""

    secrecy: str = ""
    privacy: str = ""

    def __bool__(self) -> bool:
        return bool(self.secrecy.strip() and self.privacy.strip())


NOT_ASSESSED = Assessed()
STATED = tuple(Stated.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class ResourceDraft:
    """The metadata of an entry beside its contract; keys are those of `Resource`.

    `provider` and `source_department` are unified social credit codes. Each of `further_categories` gives one more code.
    """

    contract: Contract
    provider: str
    category: str
    abstract: str = ""
    format_category: str = "2"
    format_type: str = ""
    share_type: str = "conditional"
    share_condition: str = ""
    share_scope: str = ""
    share_usage: str = ""
    share_method: str = "interface"
    withhold_reason: str = ""
    basis_document: str = ""
    basis_number: str = ""
    basis_article: str = ""
    open_type: str = "withheld"
    open_condition: str = ""
    update_cycle: str = "9"
    theme: str = ""
    keywords: tuple[str, ...] = ()
    data_class: str = ""
    source_note: str = ""
    is_simulated: bool = False
    has_lookup: bool = False
    group: str = ""
    signature: str = ""
    related_codes: tuple[str, ...] = field(default=())
    secrecy_assessment: str = ""
    privacy_assessment: str = ""
    source_department: str = ""
    further_categories: tuple[str, ...] = ()
    extension: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def stated(self) -> Stated:
        """What the rules judge."""
        return Stated(**{name: getattr(self, name) for name in STATED})
