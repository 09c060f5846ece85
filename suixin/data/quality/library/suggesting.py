"""Rules suggested from the profile of a version: each measured on the rows, kept once for what it is about.

Evidence  parameters, and the share of rows that fail; what was dismissed comes again only when one of them has changed
Promise   a suggestion changes nothing by itself: a person accepts it, with parameters of their own, or dismisses it
"""

import logging
from collections.abc import Iterator

import duckdb
from django.db import transaction

from suixin.data.catalog.contract import Contract, ItemType
from suixin.data.catalog.models import Item, Resource, ShareType
from suixin.data.lake.models import VersionProfile
from suixin.data.quality.library import trial
from suixin.data.quality.library.composing import compose
from suixin.data.quality.library.errors import Untriable
from suixin.data.quality.library.guessing import Guess, guesses
from suixin.data.quality.library.templates import template_of
from suixin.data.quality.library.trial import Trial, Version
from suixin.data.quality.models import RuleSuggestion, SuggestionState
from suixin.kit import clock
from suixin.kit.errors import SuixinError

log = logging.getLogger(__name__)
MOST_FAILING = 0.02  # a rule that more rows break is none that the data keep to
MOST_REFERENCES = 5
MOVED = 0.05


def suggest_quietly(profile: VersionProfile) -> None:
    """Suggestions of a new profile; a fault of theirs is logged and costs no profile."""
    try:
        suggest(profile)
    except (SuixinError, duckdb.Error):
        log.exception("no rules were suggested for %s", profile)


def suggest(profile: VersionProfile) -> int:
    """How many suggestions the newest version of an entry gives; those known already are told anew."""
    resource = profile.resource
    contract = resource.contract
    wanted = [*guesses(contract, profile.columns, rows=profile.rows), *_references(resource, contract, profile)]
    wanted = [guess for guess in wanted if not _stands(contract, guess)]
    if not wanted:
        return 0
    found: list[tuple[Guess, Trial]] = []
    try:
        with trial.opened(contract) as version:
            for guess in wanted:
                measured = _measured(version, contract, guess)
                if measured is not None and measured.failed <= MOST_FAILING * measured.rows:
                    found.append((guess, measured))
    except Untriable:
        return 0
    for guess, measured in found:
        _keep(resource, guess, measured)
    return len(found)


def _measured(version: Version, contract: Contract, guess: Guess) -> Trial | None:
    try:
        rule = compose(template_of(guess.template), _given(guess), contract, other=_other(guess))
        return trial.measured(version, contract, rule)
    except SuixinError as error:
        log.info("%s of %s was not tried: %s", guess.about, contract.table, error.sentence)
        return None


@transaction.atomic
def _keep(resource: Resource, guess: Guess, measured: Trial) -> None:
    evidence = {"parameters": dict(guess.parameters), "version": measured.version, "rows": measured.rows, "failed": measured.failed}
    row, is_new = RuleSuggestion.objects.select_for_update().get_or_create(
        resource=resource, about=guess.about, defaults={**evidence, "template": guess.template, "found_at": clock.now()},
    )
    if is_new:
        return
    share, before = (one.failed / max(one.rows, 1) for one in (measured, row))
    is_other = row.parameters != guess.parameters or abs(share - before) > MOVED
    if row.state == SuggestionState.DISMISSED and not is_other:
        return  # it keeps the evidence that it was dismissed on
    for name, value in evidence.items():
        setattr(row, name, value)
    row.state = SuggestionState.OPEN  # an accepted rule that was taken off again may be suggested again
    row.save()


def _stands(contract: Contract, guess: Guess) -> bool:
    """Whether a rule of the entry says this of these items already."""
    return any(rule.template == guess.template and Guess(rule.template, rule.parameters).about == guess.about for rule in contract.rules)


def _references(resource: Resource, contract: Contract, profile: VersionProfile) -> Iterator[Guess]:
    """Items named and typed like the only key of another entry that everybody may look into, or of the same department."""
    own = {item.field: item for item in contract.items if item.type is ItemType.TEXT and not item.is_sealed and not item.is_key}
    keys = Item.objects.filter(is_key=True, type=ItemType.TEXT.value, is_sealed=False, resource__state="published").filter(
        name__in=[item.name for item in own.values()]
    ).exclude(resource=resource).select_related("resource").order_by("resource__table")
    known = {str(told["field"]) for told in profile.columns}
    allowed = [
        key for key in keys[:50]
        if key.resource.share_type == ShareType.UNCONDITIONAL or key.resource.provider_id == resource.provider_id
    ]
    for key in allowed[:MOST_REFERENCES]:
        if key.resource.items.filter(is_key=True).count() == 1:
            item = next(one for one in own.values() if one.name == key.name)
            if item.field in known:
                yield Guess("reference", {"items": [item.field], "table": key.resource.table})


def _given(guess: Guess) -> dict[str, str | list[str]]:
    return {name: told if isinstance(told, list) else str(told) for name, told in guess.parameters.items()}


def _other(guess: Guess) -> Contract | None:
    table = guess.parameters.get("table")
    found = Resource.objects.published().filter(table=str(table)).first() if table else None
    return found.contract if found else None
