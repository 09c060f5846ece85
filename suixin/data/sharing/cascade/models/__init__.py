"""Tables of the cascade."""

from suixin.data.sharing.cascade.models.flows import Flow, FlowState, Intake, RemoteEntry, RemoteState
from suixin.data.sharing.cascade.models.letters import Incoming, Letter, LetterKind, Outgoing
from suixin.data.sharing.cascade.models.links import (
    Link,
    LinkState,
    Platform,
    Reconciled,
    Reconciliation,
    Way,
)

__all__ = [
    "Flow", "FlowState", "Incoming", "Intake", "Letter", "LetterKind", "Link", "LinkState", "Outgoing", "Platform", "Reconciled",
    "Reconciliation", "RemoteEntry", "RemoteState", "Way",
]
