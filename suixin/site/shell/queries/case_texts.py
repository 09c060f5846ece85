"""English of what an applicant's cases and matters say: titles of items and themes, materials, departments, where somebody wrote it."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext

from suixin.kit.actor import Actor
from suixin.services.cases.models import Case
from suixin.services.cases.queries import own_cases
from suixin.services.items.models import ItemVersion
from suixin.services.items.worded import english_of
from suixin.services.matters.models import Matter
from suixin.services.matters.queries import own_matters
from suixin.services.themes import queries as themes
from suixin.site.shell.tongues import English, is_english, said
from suixin.site.shell.words import word

MOST = 100


def of_actor(actor: Actor) -> English:
    """For lists of an applicant's newest cases and matters; nothing, and nothing read, on a Chinese page."""
    if not is_english():
        return {}
    found = dict(of_cases(own_cases(actor)[:MOST]))
    for matter in own_matters(actor)[:MOST]:
        found |= of_matter(matter)
    return found


def of_cases(cases: Iterable[Case]) -> English:
    """For these cases."""
    found: dict[str, str] = {}
    if is_english():
        for content in ItemVersion.objects.filter(pk__in={one.version_id for one in cases}).values_list("content", flat=True):
            found |= english_of(content)
    return found


def of_matter(matter: Matter) -> English:
    """For a matter and its parts."""
    if not is_english():
        return {}
    whole = themes.published(matter.version)
    return {**whole.english, **({whole.theme.title: whole.theme.english} if whole.theme.english else {})}


def sentence(text: str, names: Mapping[str, Sequence[str]], english: English) -> str:
    """A sentence of a lower storey in the reader's language, names in its braces too."""
    if not names:
        return said(word(text), english)
    told = {name: gettext("、").join(said(one, english) for one in found) for name, found in names.items()}
    return word(text) % told
