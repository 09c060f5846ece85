"""The city's one-thing-once themes: the question bank taken, each theme drafted and published where its rules are green."""

from suixin.cities.one_thing import city_bank, city_themes
from suixin.cities.specs import City
from suixin.kit.actor import Actor
from suixin.services.themes import actions
from suixin.services.themes.errors import UnsoundTheme
from suixin.services.themes.models import Theme, ThemeState

REASON = "城市一件事清单（示例）"


def register(city: City, actor: Actor) -> str:
    """A line on what stands now; themes that are there already stay as they are."""
    if bank := city_bank(city):
        actions.take_bank(bank, actor=actor)
    known = set(Theme.objects.values_list("slug", flat=True))
    for slug, text in city_themes(city).items():
        if slug not in known:
            _published(actions.draft_theme(text, actor=actor), actor)
    states = list(Theme.objects.values_list("state", flat=True))
    return f"一件事主题 {len(states)} 个：" + "、".join(f"{state.label} {states.count(state)}" for state in ThemeState)


def _published(theme: Theme, actor: Actor) -> None:
    try:
        actions.publish_theme(theme, actor=actor, reason=REASON)
    except UnsoundTheme:
        return  # stays a draft, its faults are shown in the console
