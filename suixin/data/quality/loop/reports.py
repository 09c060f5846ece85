"""Monthly reports kept: what was computed of a month, as canonical JSON with its SM3. A report is never changed."""

from collections.abc import Mapping

import orjson
from django.db import transaction

from suixin.data.quality.models import MonthlyReport
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock, sm
from suixin.kit.actor import Actor


def canonical(figures: Mapping[str, object]) -> str:
    """The figures as they are kept: keys in order, no blanks; the same figures give the same text."""
    return orjson.dumps(figures, option=orjson.OPT_SORT_KEYS).decode()


def digest(figures: Mapping[str, object]) -> str:
    """The SM3 of the canonical form."""
    return sm.sm3_hex(canonical(figures).encode())


@transaction.atomic
def keep_report(month: str, figures: Mapping[str, object], *, actor: Actor) -> MonthlyReport:
    """The report of the month; the one that is kept already when there is one. Raises NotAllowed."""
    policy.require(actor, "quality.report", None)
    kept, is_new = MonthlyReport.objects.get_or_create(month=month, defaults={
        "figures": canonical(figures), "sm3": digest(figures), "made_at": clock.now(), "made_by": actor.name[:120],
    })
    if is_new:
        audit.record(actor, "quality.report_made", kept, detail={"sm3": kept.sm3})
    return kept
