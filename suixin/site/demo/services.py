"""The city's services in the demo: items and themes, who handles them, and what residents and firms applied for."""

from suixin.cities.specs import City
from suixin.kit.actor import Actor
from suixin.site.demo import cases, items, staff, themes


def register(city: City, actor: Actor, password: str) -> list[str]:
    """A line each on items, themes and the departments' staff; what is there already stays as it is."""
    return [items.register(city, actor), themes.register(city, actor), staff.load(password)]


def play() -> str:
    """A line of where the cases stand; those that are there already stay as they are."""
    return cases.play()
