"""What transitions tell of a row: its columns as JSON keeps them, without those that are computed."""

from datetime import datetime
from uuid import UUID

from django.db import models

from suixin.kit import clock

DERIVED = {
    "instance": frozenset({"id", "uuid", "colour", "due_at", "amber_at", "statutory_due_at", "sequence", "data"}),
    "step": frozenset({"id", "uuid", "instance_id", "procedure_id", "colour", "due_at", "amber_at", "escalate_at", "escalated"}),
    "segment": frozenset({"id", "instance_id"}),
}  # what the clock computes, and what identifies a row: not part of what a transition tells


def plain(value: object) -> object:
    """A column's value as JSON keeps it exactly."""
    if isinstance(value, datetime):
        return value.astimezone(clock.CHINA).isoformat()
    return str(value) if isinstance(value, UUID) else value


def columns(row: models.Model, kind: str) -> dict[str, object]:
    """The columns that transitions tell of a row."""
    return {
        field.attname: plain(getattr(row, field.attname)) for field in row._meta.concrete_fields
        if field.attname not in DERIVED[kind]
    }
