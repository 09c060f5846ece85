"""Tables of the catalogue: entries with their items, their classification and codes, their life, who depends on them."""

from suixin.data.catalog.models.classification import Category, Classification, CodeSequence
from suixin.data.catalog.models.dependence import Dependence, Use
from suixin.data.catalog.models.entries import (
    Generation,
    Item,
    OpenType,
    Resource,
    ResourceGroup,
    ResourceQuerySet,
    ResourceState,
    ShareType,
    UpdateCycle,
)
from suixin.data.catalog.models.life import (
    LIVE_CHANGES,
    AnsweredCall,
    Change,
    ChangeKind,
    ChangeState,
    EntryEvent,
    EventKind,
    ResourceVersion,
)

__all__ = [
    "LIVE_CHANGES",
    "AnsweredCall",
    "Category",
    "Change",
    "ChangeKind",
    "ChangeState",
    "Classification",
    "CodeSequence",
    "Dependence",
    "EntryEvent",
    "EventKind",
    "Generation",
    "Item",
    "OpenType",
    "Resource",
    "ResourceGroup",
    "ResourceQuerySet",
    "ResourceState",
    "ResourceVersion",
    "ShareType",
    "UpdateCycle",
    "Use",
]
