"""Shapes that answers of the JSON API share: an error, the next page, the size of a page."""

from ninja import Schema


class Fault(Schema):
    """An error: stable code, a sentence for the person who can act, and the trace id to quote."""

    code: str
    message: str
    trace_id: str


class Links(Schema):
    """Where the next page is; null at the end."""

    next: str | None


class Meta(Schema):
    """Size of the page and the exact number of datasets found."""

    page_size: int
    total: int
