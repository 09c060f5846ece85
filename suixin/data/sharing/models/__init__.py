"""Tables of sharing: what is asked for (asked), what was granted and becomes of it (shares), what went wrong (wrongs)."""

from suixin.data.sharing.models.asked import (
    AmendKind,
    AutomaticAnswer,
    Part,
    PartState,
    Request,
    RequestState,
)
from suixin.data.sharing.models.shares import (
    LIVE_SHARES,
    Disposal,
    DisposalMethod,
    EndKind,
    Share,
    ShareState,
    Suspension,
    Termination,
    UseRecord,
)
from suixin.data.sharing.models.wrongs import Dispute, DisputeMove, DisputeStage, Violation, ViolationKind

__all__ = [
    "LIVE_SHARES", "AmendKind", "AutomaticAnswer", "Disposal", "DisposalMethod", "Dispute", "DisputeMove", "DisputeStage",
    "EndKind", "Part", "PartState", "Request", "RequestState", "Share", "ShareState", "Suspension", "Termination", "UseRecord",
    "Violation", "ViolationKind",
]
