"""What came to an applicant about its cases: answers of departments and papers, newest first, and which of them are unread."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from suixin.kit.actor import Actor
from suixin.kit.clock import CHINA
from suixin.services.cases.attached import Document, DocumentKind, Message, MessageKind
from suixin.services.cases.models import Case
from suixin.services.cases.queries import own_cases
from suixin.services.space.models import Reading

MOST = 200
_NEVER = datetime(2000, 1, 1, tzinfo=CHINA)


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing that came: what kind, from whom, about which case; a paper has a number in the archive of papers."""

    at: datetime
    kind: str
    text: str
    sender: str
    case: Case
    is_unread: bool
    paper: UUID | None = None
    title: str = ""


def letters(actor: Actor) -> list[Letter]:
    """What came, the newest first, at most MOST."""
    found = [
        Letter(one.at, one.get_kind_display(), one.text, str(one.case.organisation), one.case, one.at > _read(one))
        for one in _messages(actor).select_related("case__organisation").order_by("-at")[:MOST]
    ]
    found += [
        Letter(
            one.issued_at, one.get_kind_display(), one.number, str(one.case.organisation), one.case,
            one.kind != DocumentKind.RECEIPT and one.issued_at > _read(one), one.uuid,  # a receipt answers what one did oneself
        )
        for one in _papers(actor).select_related("case__organisation").order_by("-issued_at")[:MOST]
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST]


def unread_count(actor: Actor) -> int:
    """How many of them were not read."""
    papers = _papers(actor).exclude(kind=DocumentKind.RECEIPT).filter(issued_at__gt=Coalesce("read_to", _NEVER))
    return _messages(actor).filter(at__gt=Coalesce("read_to", _NEVER)).count() + papers.count()


def _messages(actor: Actor) -> QuerySet[Message]:
    rows = Message.objects.filter(kind=MessageKind.DEPARTMENT, case__in=_cases(actor))
    return rows.annotate(read_to=_readings(actor))


def _papers(actor: Actor) -> QuerySet[Document]:
    return Document.objects.filter(case__in=_cases(actor)).annotate(read_to=_readings(actor))


def _cases(actor: Actor) -> QuerySet[Case]:
    return own_cases(actor).order_by().values("pk")  # type: ignore[return-value]  # keys, to be asked for among


def _readings(actor: Actor) -> Subquery:
    return Subquery(Reading.objects.filter(reader=actor.key[:150], case=OuterRef("case")).values("read_at")[:1])


def _read(row: Message | Document) -> datetime:
    found: datetime | None = getattr(row, "read_to", None)
    return found or _NEVER
