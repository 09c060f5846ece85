"""What forms tell others, after the commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormSubmitted:
    """A form was handed in."""

    submission_id: int
    form: str
