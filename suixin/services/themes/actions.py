"""Writes of themes: take the question bank, draft, revise, publish the next version, pause, resume.

Locks     the theme
Promise   a version is written once and never changed; publishing is refused until `rules.faults_of` finds nothing
"""

from datetime import datetime

from django.db import transaction

from suixin.data.catalog.dependences import By
from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock, sm
from suixin.kit.actor import Actor
from suixin.services.items import sources
from suixin.services.themes import finding, offering, queries
from suixin.services.themes.errors import FaultyTheme, WrongStateOfTheme
from suixin.services.themes.events import ThemePublished
from suixin.services.themes.models import BankVersion, Theme, ThemeState, ThemeVersion
from suixin.services.themes.parsing import read_bank, read_theme

KIND = "themes.theme"


@transaction.atomic
def take_bank(text: str, *, actor: Actor) -> BankVersion:
    """The question bank as of now; the same text again is the same version. Raises NotAllowed, FaultyTheme."""
    policy.require_anywhere(actor, "themes.publish")
    read_bank(text)
    digest = sm.sm3_hex(text.encode())
    newest = BankVersion.objects.select_for_update().first()
    if newest is not None and newest.digest == digest:
        return newest
    number = newest.number + 1 if newest else 1
    taken = BankVersion.objects.create(number=number, text=text, digest=digest, taken_at=clock.now(), taken_by=actor.name[:120])
    audit.record(actor, "themes.bank_taken", taken, detail={"number": number})
    return taken


@transaction.atomic
def draft_theme(text: str, *, actor: Actor) -> Theme:
    """The new theme, a draft of its lead department. Raises NotAllowed, FaultyTheme."""
    told = read_theme(text)
    lead = _lead(told.lead)
    policy.require(actor, "themes.draft", lead)
    if Theme.objects.filter(slug=told.slug).exists():
        raise FaultyTheme(f"主题“{told.slug}”已经登记；请在那一个上修改，或换一个 slug。")
    now = clock.now()
    theme = Theme(slug=told.slug, title=told.title, lead=lead, text=text, created_at=now, updated_at=now)
    theme.faults = len(queries.faults_of(theme))
    theme.save()
    audit.record(actor, "themes.drafted", theme, detail={"title": theme.title})
    return theme


@transaction.atomic
def revise_theme(theme: Theme, text: str, *, actor: Actor, seen: datetime | None = None) -> Theme:
    """The draft saying this; the version in force stays. Raises NotAllowed, FaultyTheme, WrongStateOfTheme when it moved since."""
    policy.require(actor, "themes.draft", theme)
    locked = _locked(theme)
    if seen is not None and locked.updated_at != seen:
        raise WrongStateOfTheme(f"主题“{locked}”在您打开之后已被修改，您的修改没有保存；请重新打开页面，核对后再保存。")
    told = read_theme(text)
    if told.slug != locked.slug:
        raise FaultyTheme(f"主题的 slug 是“{locked.slug}”，不能改为“{told.slug}”；另一件事请登记新的主题。")
    lead = _lead(told.lead)
    if lead != locked.lead:
        policy.require(actor, "themes.draft", lead)
    newest = locked.versions.first()
    locked.text, locked.title, locked.lead, locked.updated_at = text, told.title, lead, clock.now()
    locked.faults = len(queries.faults_of(locked))
    locked.is_changed = newest is None or newest.text != text
    locked.save(update_fields=["text", "title", "lead", "updated_at", "faults", "is_changed"])
    audit.record(actor, "themes.revised", locked, detail={"faults": locked.faults})
    return locked


@transaction.atomic
def publish_theme(theme: Theme, *, actor: Actor, reason: str, seen: datetime | None = None) -> ThemeVersion:
    """The draft as the next version, on the items in use now. Raises NotAllowed, UnsoundTheme, WrongStateOfTheme.

    The same content published again gives the version that says it already. `seen`: refused when the draft moved since.
    """
    policy.require(actor, "themes.publish", theme)
    locked = _locked(theme)
    if seen is not None and locked.updated_at > seen:
        raise WrongStateOfTheme(f"主题“{locked}”在提交审核之后已被修改，没有发布；请退回，由牵头单位核对后重新提交。")
    whole = queries.require_sound(locked)
    held = offering.pinned(whole)
    digest = queries.digest_of(locked.text, held)
    newest = locked.versions.first()
    if newest is not None and newest.digest == digest and locked.state == ThemeState.IN_USE:
        return newest
    version = ThemeVersion(
        theme=locked, number=locked.version + 1, text=locked.text, pinned=held, digest=digest, published_at=clock.now(),
        published_by=actor.name[:120], reason=reason[:500],
    )
    version.save()
    locked.state, locked.version, locked.faults, locked.is_changed, locked.reason = ThemeState.IN_USE, version.number, 0, False, ""
    locked.save(update_fields=["state", "version", "faults", "is_changed", "reason"])
    finding.follow(locked)
    sources.declare(By(KIND, locked.slug, f"一件事预填：{locked.title}", locked.lead), queries.sources_in(whole))
    audit.record(actor, "themes.published", locked, basis=reason, detail={"version": version.number, "digest": digest})
    events.emit_on_commit(ThemePublished(locked.pk, version.number))
    return version


@transaction.atomic
def pause_theme(theme: Theme, *, actor: Actor, reason: str) -> Theme:
    """The theme paused: its page stays and says so. Raises NotAllowed, WrongStateOfTheme, FaultyTheme without a reason."""
    return _moved(theme, ThemeState.IN_USE, ThemeState.PAUSED, actor=actor, reason=reason)


@transaction.atomic
def resume_theme(theme: Theme, *, actor: Actor, reason: str) -> Theme:
    """The theme in use again. Raises NotAllowed, WrongStateOfTheme, FaultyTheme without a reason."""
    return _moved(theme, ThemeState.PAUSED, ThemeState.IN_USE, actor=actor, reason=reason)


def _moved(theme: Theme, before: ThemeState, after: ThemeState, *, actor: Actor, reason: str) -> Theme:
    policy.require(actor, "themes.publish", theme)
    locked = _locked(theme)
    if not reason.strip():
        raise FaultyTheme(f"{after.label}应写明理由，办事的人会看到。")
    if locked.state != before:
        raise WrongStateOfTheme(f"主题“{locked}”{locked.get_state_display()}，不能改为{after.label}。")
    locked.state, locked.reason = after, reason[:500] if after is ThemeState.PAUSED else ""
    locked.save(update_fields=["state", "reason"])
    finding.follow(locked)
    words = {ThemeState.PAUSED: "themes.paused", ThemeState.IN_USE: "themes.resumed"}
    audit.record(actor, words[after], locked, basis=reason)
    events.emit_on_commit(ThemePublished(locked.pk, locked.version))
    return locked


def _lead(slug: str) -> Organisation:
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        raise FaultyTheme(f"组织机构库里没有标识为“{slug[:60]}”的牵头单位；请核对 lead。")
    return found


def _locked(theme: Theme) -> Theme:
    return Theme.objects.select_for_update(of=("self",)).select_related("lead").get(pk=theme.pk)
