"""Tables of the catalogue: entries, their classification and life, who depends on them; demands, systems, how entries stand."""

from suixin.data.catalog.models.bringing import BroughtRow
from suixin.data.catalog.models.classification import Category, Classification, CodeSequence
from suixin.data.catalog.models.demands import (
    ANSWERED_DEMANDS,
    OPEN_DEMANDS,
    Demand,
    DemandItem,
    DemandMove,
    DemandState,
    DemandWay,
    MoveKind,
)
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
from suixin.data.catalog.models.standing import Standing
from suixin.data.catalog.models.systems import Holding, InformationSystem, Network, Protection, SystemState

__all__ = [
    "ANSWERED_DEMANDS",
    "LIVE_CHANGES",
    "OPEN_DEMANDS",
    "AnsweredCall",
    "BroughtRow",
    "Category",
    "Change",
    "ChangeKind",
    "ChangeState",
    "Classification",
    "CodeSequence",
    "Demand",
    "DemandItem",
    "DemandMove",
    "DemandState",
    "DemandWay",
    "Dependence",
    "EntryEvent",
    "EventKind",
    "Generation",
    "Holding",
    "InformationSystem",
    "Item",
    "MoveKind",
    "Network",
    "OpenType",
    "Protection",
    "Resource",
    "ResourceGroup",
    "ResourceQuerySet",
    "ResourceState",
    "ResourceVersion",
    "ShareType",
    "Standing",
    "SystemState",
    "UpdateCycle",
    "Use",
]
