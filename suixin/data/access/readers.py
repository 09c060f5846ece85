"""Row filters that name the reader: `reader_organisation` (its credit code) and `reader_divisions` (its division and all below).

Bound    when a plan is opened: the plan's row filter is then an ordinary condition with the reader's own values, so both back
         ends, the fingerprint, files at rest and the log know nothing of it
Absent   a reader without the attribute (the public, an organisation without a division) is shown no row
Changes  of an organisation's division count within LASTS_SECONDS (`plans.cached_plan` opens such a plan anew)
"""

from suixin.data.access.errors import BadGrant
from suixin.data.catalog.contract import Contract
from suixin.ground.people.models import Organisation
from suixin.kit.actor import Actor
from suixin.kit.expressions.binding import Bound, Within, bind, names_in

ORGANISATION, DIVISIONS = "reader_organisation", "reader_divisions"
WORDS = {ORGANISATION: "读者部门", DIVISIONS: "读者区划"}
NAMES = frozenset({*WORDS, *WORDS.values()})
LASTS_SECONDS = 60.0
_LEVELS = (2, 4, 6, 9, 12)  # digits of a division's code that name province, city, county, township, village


def names_reader(row_filter: str) -> bool:
    """Whether the filter shows different readers different rows."""
    return bool(names_in(row_filter, NAMES))


def bound(row_filter: str, actor: Actor) -> str:
    """The filter as it holds for the reader. Raises kit's ExpressionError."""
    named = names_in(row_filter, NAMES)
    if not named:
        return row_filter
    divisions = _divisions(actor) if named & {DIVISIONS, WORDS[DIVISIONS]} else None
    return bind(row_filter, _values(actor.organisation or None, divisions))


def sample(row_filter: str) -> str:
    """The filter bound to a reader made up, to be tried against a contract. Raises kit's ExpressionError."""
    return bind(row_filter, _values("0" * 18, Within(("00",)))) if names_reader(row_filter) else row_filter


def refuse_for_public(row_filter: str, contract: Contract) -> None:
    """Nothing, unless the filter names a reader whom the public cannot be. Raises BadGrant."""
    if names_reader(row_filter):
        words = "、".join(f"{word}({name})" for name, word in WORDS.items())
        raise BadGrant(f"“{contract.title}”面向公众的授权不能用 {words}:公众没有部门；请去掉这个条件，或授权给部门。")


def prefix_of(division: str) -> str:
    """What the codes of the division and of all below it begin with."""
    digits = next((n for n in _LEVELS if not division[n:].strip("0")), len(division))
    return division[:digits]


def _values(organisation: str | None, divisions: Within | None) -> dict[str, Bound]:
    named: dict[str, Bound] = {ORGANISATION: organisation, DIVISIONS: divisions}
    return named | {WORDS[name]: value for name, value in named.items()}


def _divisions(actor: Actor) -> Within | None:
    """The division of the reader's organisation, or of the nearest above it that has one."""
    path = [*actor.organisation_path, actor.organisation]
    codes = dict(Organisation.objects.filter(uscc__in=path).exclude(division_code="").values_list("uscc", "division_code"))
    nearest = next((codes[uscc] for uscc in reversed(path) if uscc in codes), "")
    return Within((prefix_of(nearest),)) if nearest else None
