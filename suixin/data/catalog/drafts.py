"""A catalogue entry before it is written: what a department, a city folder or a profile proposes."""

from dataclasses import dataclass, field

from suixin.data.catalog.contract import Contract


@dataclass(frozen=True, slots=True)
class ResourceDraft:
    """The metadata of an entry beside its contract; keys are those of `Resource`.

    `provider` is the organisation's unified social credit code.
    """

    contract: Contract
    provider: str
    category: str
    abstract: str = ""
    format_category: str = "2"
    format_type: str = ""
    share_type: str = "conditional"
    share_condition: str = ""
    share_method: str = "interface"
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
