"""Papers of a case: numbered, issued once for each occasion, told to the applicant, kept as they were said; printed by `site`."""

from collections.abc import Mapping

from django.db import models

from suixin.ground import prepared
from suixin.ground.audit import actions as audit
from suixin.ground.prepared import Prepared, given
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import telling
from suixin.services.cases.attached import Document, DocumentKind
from suixin.services.cases.models import Case
from suixin.services.cases.numbering import next_document_number
from suixin.services.items.stated import text_of

# 行政复议法 20, 行政诉讼法 46
REMEDY = "如不服本决定，可以自收到之日起六十日内申请行政复议，或者自收到之日起六个月内向人民法院提起行政诉讼。"

_ISSUED = Prepared(lambda: Document.objects.filter(
    case_id=given("case", models.BigIntegerField()), kind=given("kind", models.CharField()), occasion=given("occasion", models.CharField()),
))


def issue(
    case: Case, kind: DocumentKind, *, actor: Actor, occasion: str = "1", facts: Mapping[str, object] | None = None, is_first: bool = False,
) -> Document:
    """The paper of that kind and occasion: made now, or as it was made. Call it inside a transaction.

    `is_first`: what calls happens once in a case, so that there is none yet.
    """
    known = None if is_first else _ISSUED.one(case=case.pk, kind=kind.value, occasion=occasion)
    if known is not None:
        return known
    told = {"item": case.title, "applicant": case.application.shown_name, "department": str(case.organisation), **(facts or {})}
    if kind in (DocumentKind.REFUSAL, DocumentKind.DENIAL):
        told["remedy"] = remedy_of(case)
    document = Document(
        case=case, kind=kind, number=next_document_number(case.organisation, kind.value), occasion=occasion, facts=told,
        issued_at=clock.now(), issued_by=actor.name[:120],
    )
    prepared.insert(document)
    audit.record(actor, "cases.document_issued", document, detail={"case": case.number, "kind": kind.value})
    telling.tell_of_paper(case, kind, occasion=occasion, facts=told, actor=actor)
    return document


def remedy_of(case: Case) -> str:
    """Where to turn against a decision: the law's periods and the bodies that the item names."""
    content = case.version.content
    review, court = text_of(content, "administrative_review_dept"), text_of(content, "administrative_litigation_dept")
    named = [f"行政复议机关：{review}。" if review else "", f"管辖法院：{court}。" if court else ""]
    return REMEDY + "".join(named)
