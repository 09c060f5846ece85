"""What became of one table of one file: the value that commands, pages and demo.json show."""

from dataclasses import asdict, dataclass

from suixin.data.collection.models import RunStatus


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One table of one file. `rows_in` is the reader's own count; `message` is for a person (zh)."""

    path: str
    status: RunStatus
    table: str = ""
    resource: str = ""
    rows_in: int = 0
    accepted: int = 0
    rejected: int = 0
    version: int | None = None
    seconds: float = 0.0
    message: str = ""

    def as_dict(self) -> dict[str, object]:
        """Plain JSON form, keys as in demo.json."""
        return asdict(self) | {"status": self.status.value, "seconds": round(self.seconds, 3)}
