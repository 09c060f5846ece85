"""What collection keeps: files that came, sources, feeds, their runs, chunks, messages and changes of columns."""

from suixin.data.collection.models.agents import FrontChunk, FrontMachine, FrontStream
from suixin.data.collection.models.feeds import (
    OPEN,
    Drift,
    DriftPolicy,
    DriftState,
    Feed,
    FeedMode,
)
from suixin.data.collection.models.files import Filing, FillDraft, Run, RunStatus
from suixin.data.collection.models.holds import Hold, HoldState
from suixin.data.collection.models.runs import ChunkState, FeedChunk, FeedFile, FeedRun, RunKind, RunState
from suixin.data.collection.models.sources import PushMessage, Source, SourceState

__all__ = [
    "OPEN", "ChunkState", "Drift", "DriftPolicy", "DriftState", "Feed", "FeedChunk", "FeedFile", "FeedMode",
    "FeedRun", "Filing", "FillDraft", "FrontChunk", "FrontMachine", "FrontStream", "Hold", "HoldState", "PushMessage", "Run", "RunKind",
    "RunState", "RunStatus", "Source", "SourceState",
]
