"""What each declared rule came to in a batch, and what these make of the indicators of GB/T 36344-2018."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from suixin.data.catalog.contract import OF_BATCH, Contract, Rule, RuleKind
from suixin.data.quality.checks import rule_checks
from suixin.data.quality.relations import Relations

Results = dict[str, dict[str, object]]


@dataclass(slots=True)
class Sum:
    """Elements of an indicator, and those that failed."""

    elements: int = 0
    failed: int = 0


def results_of(
    contract: Contract, rows: int, relations: Relations, *, failures: Counter[tuple[str | None, str]], marked: Counter[str]
) -> Results:
    """By rule: elements looked at and failed, severity, the table and version that it looked at."""
    outcomes, found = relations.outcomes(), {}
    for rule in contract.rules:
        told: dict[str, object] = {"severity": rule.severity}
        outcome = outcomes.get(rule.code)
        if outcome is not None:
            told |= {"b": outcome.elements, "failed": outcome.failed}
        else:
            told |= {"b": rows, "failed": marked[rule.code] if rule.is_marking else failures[None, rule.code]}
        if outcome is not None and outcome.sentence:
            told["sentence"] = outcome.sentence
        if rule.other_table in relations.pinned:
            told |= {"table": rule.other_table, "version": relations.pinned[rule.other_table].version}
        found[rule.code] = told
    return found


def declared_counts(contract: Contract, results: Results) -> Mapping[str, Sum]:
    """Elements and failures that the declared rules give each indicator; a rule counts in 0104 and in that of its dimension."""
    found: defaultdict[str, Sum] = defaultdict(Sum)
    reads = {check.rule: len(check.reads) for check in rule_checks(contract)}
    for rule in contract.rules:
        elements, failed = (int(str(results[rule.code][name])) for name in ("b", "failed"))
        for code in ("0104", *_indicators_of(rule, reads.get(rule.code, 1))):
            found[code].elements += elements
            found[code].failed += failed
    return found


def _indicators_of(rule: Rule, reads: int) -> list[str]:
    if rule.kind in OF_BATCH:
        return ["0501" if rule.kind == RuleKind.FRESH else "0402"]
    own = {"accuracy": "0301", "consistency": "0402", "timeliness": "0503" if reads > 1 else "0501"}.get(rule.dimension)
    return [*(["0105"] if rule.kind == RuleKind.REFERENCE else []), *([own] if own else [])]
