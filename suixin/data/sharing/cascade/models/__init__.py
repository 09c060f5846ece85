"""Tables of the cascade."""

from suixin.data.sharing.cascade.models.across import (
    AskState,
    Objection,
    ObjectionState,
    PeerDoubt,
    PeerRequest,
    RemoteRequest,
)
from suixin.data.sharing.cascade.models.direct import DirectAccount, DirectReport, ReportState
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
    "AskState", "DirectAccount", "DirectReport", "Flow", "FlowState", "Incoming", "Intake", "Letter", "LetterKind", "Link",
    "LinkState", "Objection", "ObjectionState", "Outgoing", "PeerDoubt", "PeerRequest", "Platform", "Reconciled",
    "Reconciliation", "RemoteEntry", "RemoteRequest", "RemoteState", "ReportState", "Way",
]
