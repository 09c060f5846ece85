"""Writes of the rule library: a rule attached to an entry, taken off, a suggestion accepted or dismissed.

The entry's rules are written by the catalogue (`ruling.set_rules`), which asks whether the actor may, and keeps the version.
"""

from collections.abc import Sequence

from django.db import transaction

from suixin.data.catalog import ruling
from suixin.data.catalog.contract import Rule
from suixin.data.catalog.models import Resource
from suixin.data.lake.models import VersionProfile
from suixin.data.quality.library import suggesting, trial
from suixin.data.quality.library.errors import BadLibrary, DecidedSuggestion, UnfitRule, Untriable
from suixin.data.quality.library.trial import Trial
from suixin.data.quality.models import RuleSuggestion, SuggestionState
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor


@transaction.atomic
def attach_rule(
    resource: Resource, rule: Rule, *, actor: Actor, reason: str, suggestion: RuleSuggestion | None = None
) -> Resource:
    """The entry with one more rule; the suggestion that it came from is accepted. Raises what `ruling.set_rules` raises."""
    policy.require(actor, ruling.VERB, resource)
    locked = Resource.objects.select_for_update(of=("self",)).select_related("provider").get(pk=resource.pk)
    changed = ruling.set_rules(locked, [*_rules(locked), rule], actor=actor, reason=reason)
    if suggestion is not None:
        _decide(suggestion, resource, SuggestionState.ACCEPTED, actor=actor, reason=reason, rule=rule.code)
    return changed


@transaction.atomic
def detach_rule(resource: Resource, code: str, *, actor: Actor, reason: str) -> Resource:
    """The entry without that rule. Raises BadLibrary, and what `ruling.set_rules` raises."""
    policy.require(actor, ruling.VERB, resource)
    locked = Resource.objects.select_for_update(of=("self",)).select_related("provider").get(pk=resource.pk)
    kept = [rule for rule in _rules(locked) if rule.code != code]
    if len(kept) == len(locked.rules):
        raise BadLibrary(f"目录“{locked.title}”没有规则“{code[:64]}”；请刷新页面。")
    return ruling.set_rules(locked, kept, actor=actor, reason=reason)


@transaction.atomic
def dismiss_suggestion(suggestion: RuleSuggestion, *, actor: Actor, reason: str) -> RuleSuggestion:
    """The suggestion dismissed for good, as long as its evidence stays. Raises NotAllowed, DecidedSuggestion."""
    policy.require(actor, ruling.VERB, suggestion.resource)
    if not reason.strip():
        raise DecidedSuggestion("请写明为什么不采用。")
    return _decide(suggestion, suggestion.resource, SuggestionState.DISMISSED, actor=actor, reason=reason)


def suggest_again(resource: Resource, *, actor: Actor) -> int:
    """How many rules the newest profile of the entry suggests. Raises NotAllowed."""
    policy.require(actor, ruling.VERB, resource)
    profile = VersionProfile.objects.filter(resource=resource).order_by("-version").first()
    found = suggesting.suggest(profile) if profile else 0
    audit.record(actor, "quality.rules_suggested", resource, detail={"found": found})
    return found


def try_rule(resource: Resource, rule: Rule, *, actor: Actor) -> Trial:
    """What the rule would say of the newest version; recorded. Raises NotAllowed, UnfitRule, Untriable.

    A trial tells of values just as a rule in force does, so it may look no further: not into another department's data, nor
    past the masks of an item.
    """
    policy.require(actor, ruling.VERB, resource)
    contract = resource.contract
    if faults := ruling.faults_of(resource, [rule], actor=actor):
        raise UnfitRule(f"没有试算：{'；'.join(faults)}。")
    masked = [item.name for name in trial.read_by(rule, contract) if (item := contract.item(name)) is not None and item.mask]
    if masked and not policy.may(actor, "access.read_whole", resource):
        raise Untriable(f"“{'、'.join(masked)}”对您是脱敏的，不能试算；请由能看原值的数据提供单位来试。")
    found = trial.tried(contract, rule)
    detail = {"rule": rule.code, "template": rule.template, "other": rule.other_table, "version": found.version, "failed": found.failed}
    audit.record(actor, "quality.rule_tried", resource, detail=detail)
    return found


def _rules(resource: Resource) -> Sequence[Rule]:
    return resource.contract.rules


def _decide(
    suggestion: RuleSuggestion, resource: Resource, state: SuggestionState, *, actor: Actor, reason: str, rule: str = ""
) -> RuleSuggestion:
    held = RuleSuggestion.objects.select_for_update().get(pk=suggestion.pk)
    if held.state != SuggestionState.OPEN or held.resource_id != resource.pk:
        raise DecidedSuggestion("这条建议已有人处理；请刷新页面。")
    held.state, held.rule, held.reason = state, rule, reason.strip()[:500]
    held.decided_by, held.decided_at = actor.name[:120], clock.now()
    held.save()
    detail = {"about": held.about, "rows": held.rows, "failed": held.failed, "rule": rule}
    is_taken = state == SuggestionState.ACCEPTED
    audit.record(actor, f"quality.suggestion_{'accepted' if is_taken else 'dismissed'}", resource, basis=reason, detail=detail)
    return held
