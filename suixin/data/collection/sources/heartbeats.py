"""What a front machine tells every minute, and what it is answered; unknown keys are errors on both sides."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[a-z][a-z0-9_-]{0,59}$"
MOST_STREAMS = 200
MOST_FILES = 100_000
Said = Annotated[str, Field(max_length=600, pattern=r"^[^\x00]*$")]
Short = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
Long = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]
Count = Annotated[int, Field(ge=0, le=2**53)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnTold(_Strict):
    """One column as its database, or its file, has it."""

    name: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    family: Short = "text"
    native: Short = ""
    is_key: bool = False


class StreamTold(_Strict):
    """One stream. `has_forgotten`: the machine has no place of it, so it asks which files were taken."""

    name: Annotated[str, Field(pattern=NAME)]
    what: Long = ""
    columns: Annotated[list[ColumnTold], Field(max_length=1000)] = []
    is_repeated: bool = False
    read_ms: Count | None = None
    sentence: Said = ""
    has_forgotten: bool = False


class Heartbeat(_Strict):
    """The machine, its clock, its spool and its streams."""

    version: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]
    host: Short
    time_ms: Count
    spool_chunks: Count = 0
    spool_bytes: Count = 0
    spool_limit: Count = 0
    oldest_ms: Count | None = None
    sentence: Said = ""
    streams: Annotated[list[StreamTold], Field(max_length=MOST_STREAMS)] = []


class StreamAnswer(_Strict):
    """What we have of a stream. `next`: the number we want; `place`: behind the last chunk we have; `files`: taken, with stamps.

    `may_repeat`: rows that come again are told apart by their key.
    """

    is_taken: bool
    sentence: str = ""
    next: int = 1
    place: dict[str, object] = {}
    may_repeat: bool = True
    files: dict[str, str] = {}


class Answer(_Strict):
    """Our clock, what the department should know, each stream by name."""

    time_ms: int
    sentence: str = ""
    streams: dict[str, StreamAnswer] = {}
