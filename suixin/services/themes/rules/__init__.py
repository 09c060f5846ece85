"""The law and arithmetic of themes, pure: `chosen` parts, `plan_of` days, `merge` of forms and materials, `outcome`, `faults_of`."""

from suixin.services.themes.rules.checking import Fault, faults_of
from suixin.services.themes.rules.choosing import branches, chosen, failing
from suixin.services.themes.rules.merging import Merged, merge
from suixin.services.themes.rules.outcomes import Outcome, Result, Standing, State, days_until, outcome, startable
from suixin.services.themes.rules.timing import Plan, Span, plan_of

__all__ = [
    "Fault", "Merged", "Outcome", "Plan", "Result", "Span", "Standing", "State", "branches", "chosen", "days_until", "failing",
    "faults_of", "merge", "outcome", "plan_of", "startable",
]
