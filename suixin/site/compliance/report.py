"""All parts of the ten checks in order; a part that breaks fails by name and does not stop the others."""

import logging
from collections.abc import Callable

from suixin.site.compliance import algorithms, catalogue, deadlines, identities, openness, records, unbuilt
from suixin.site.compliance.values import Heading, Outcome, Part, Progress

_log = logging.getLogger(__name__)


def compliance(progress: Progress = lambda _: None) -> list[Part]:
    """Every part, by number."""
    computed: list[tuple[Heading, Callable[[], Part]]] = [
        (catalogue.COMPLETE, catalogue.completeness), (catalogue.CONDITIONS, catalogue.conditions),
        (catalogue.WITHHELD, catalogue.withheld_bases), (deadlines.REVIEW, deadlines.review),
        (deadlines.CORRECTION, deadlines.correction), (records.USES, records.records_of_use), (records.LOGS, records.log_retention),
        (records.PROVISION, records.provision_records), (records.CHAIN, records.chain),
        (identities.PROVEN, identities.proven),
        (openness.SCAN, lambda: openness.sensitive_scan(progress)), (openness.QUALITY, openness.quality),
        (openness.LICENCE, openness.licences), (openness.FORMATS, openness.formats), (algorithms.IN_USE, algorithms.in_use),
    ]
    parts = unbuilt.parts()
    for heading, check in computed:
        progress(heading.title)
        parts.append(_checked(heading, check))
    return sorted(parts, key=lambda part: tuple(int(number) for number in part.number.split(".")))


def summary(parts: list[Part]) -> str:
    """One sentence over all of them."""
    counted = {outcome: sum(part.outcome is outcome for part in parts) for outcome in Outcome}
    return f"通过 {counted[Outcome.PASSES]} 项,不通过 {counted[Outcome.FAILS]} 项,待建 {counted[Outcome.OPEN]} 项。"


def _checked(heading: Heading, check: Callable[[], Part]) -> Part:
    try:
        return check()
    except Exception as error:  # noqa: BLE001  one check must not hide the others
        _log.exception("check %s of compliance broke", heading.number)
        return heading.judged(False, f"检查没有完成({type(error).__name__}),原因在日志里;请先运行 suixin check。", {})
