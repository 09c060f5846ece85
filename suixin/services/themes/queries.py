"""Reads of themes: the bank in use, a theme as drafted or as published, what forbids publishing."""

import orjson
from django.db.models import F

from suixin.kit import sm
from suixin.services.items import sources
from suixin.services.items.sources import Source
from suixin.services.themes import offering, rules
from suixin.services.themes.declaration import Bank, Whole
from suixin.services.themes.errors import FaultyTheme, UnknownTheme, UnsoundTheme
from suixin.services.themes.models import BankVersion, Theme, ThemeState, ThemeVersion
from suixin.services.themes.parsing import read_bank, read_theme
from suixin.services.themes.rules import Fault

TOLD = 8


def bank_in_use() -> Bank:
    """The newest question bank; empty while there is none."""
    newest = BankVersion.objects.first()
    return read_bank(newest.text) if newest else Bank()


def theme_by(slug: str) -> Theme:
    """The theme of that slug. Raises UnknownTheme."""
    found = Theme.objects.select_related("lead").filter(slug=slug).first()
    if found is None:
        raise UnknownTheme(f"没有名为“{slug[:60]}”的一件事主题；请从主题列表进入。")
    return found


def versions_in_force() -> list[ThemeVersion]:
    """The newest version of every theme that residents and firms see, paused ones included, with theme and lead; one query."""
    found = ThemeVersion.objects.filter(number=F("theme__version")).exclude(theme__state=ThemeState.DRAFT)
    return list(found.select_related("theme__lead").order_by("theme__slug"))


def newest_version(theme: Theme) -> ThemeVersion:
    """The version in force. Raises UnknownTheme when there is none."""
    found = theme.versions.first()
    if found is None:
        raise UnknownTheme(f"“{theme}”还没有发布；请从主题列表选择。")
    return found


def published(version: ThemeVersion) -> Whole:
    """The theme as that version says, whatever its items said later."""
    return offering.unpinned(read_theme(version.text), version.pinned)


def drafted(theme: Theme) -> Whole:
    """The theme as it is drafted now, on the items in use now. Raises FaultyTheme."""
    return offering.whole_of(read_theme(theme.text), bank_in_use())


def faults_of(theme: Theme) -> list[Fault]:
    """Everything that forbids publishing the draft now."""
    try:
        whole = drafted(theme)
        return [*rules.faults_of(whole), *map(Fault, sources.faults_of(sources_in(whole)))]
    except FaultyTheme as error:
        return [Fault(error.sentence.rstrip("。"))]


def sources_in(whole: Whole) -> list[Source]:
    """Where the questions of the bank that the theme asks come filled in from."""
    return [one.source for one in whole.bank.questions.values() if one.source is not None]


def require_sound(theme: Theme) -> Whole:
    """The theme as drafted, when it may be published. Raises UnsoundTheme, which tells every fault."""
    if faults := faults_of(theme):
        told = "；".join(one.sentence for one in faults[:TOLD])
        more = f"；还有 {len(faults) - TOLD} 处" if len(faults) > TOLD else ""
        raise UnsoundTheme(f"主题“{theme}”还不能发布：{told}{more}。", parts=[one.part for one in faults])
    return drafted(theme)


def behind(version: ThemeVersion) -> list[str]:
    """Titles of the items that have said otherwise since the version was published: it should be published anew."""
    whole = published(version)
    now = offering.offers_of(whole.theme, bank_in_use())
    return [whole.title(name) for name, one in whole.offers.items() if name not in now or now[name].digest != one.digest]


def digest_of(text: str, pinned: dict[str, object]) -> str:
    """SM3 over the canonical bytes of a declaration and what it stands on."""
    return sm.sm3_hex(orjson.dumps([text, pinned], option=orjson.OPT_SORT_KEYS))
