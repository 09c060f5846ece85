"""What of a table left through a door, found by value, against what the grant shows."""

from collections.abc import Iterable

from suixin.data.access.models import Door
from suixin.data.access.values import text_of
from tests.proof.scene import FIELDS, RECORDS, Drawn, Left, Scene, canaries

Cell = tuple[int, str]


def allowed(drawn: Drawn, asker: str, by: Door | None) -> set[Cell]:
    """Cells that may be read as they lie: shown, and not hidden by their mask."""
    if by is None or not drawn.is_open(asker, by):
        return set()
    found = set()
    for number, row in enumerate(RECORDS):
        shown = drawn.shown(row, by)
        texts = "\n".join(text for text in shown.values() if text)
        found |= {(number, name) for name in FIELDS if any(one in texts for one in canaries(name, row[name]))}
    return found


def seen(left: Iterable[Left]) -> set[Cell]:
    """Cells that left, as values or confirmed; not what the asker wrote itself."""
    found: set[Cell] = set()
    for one in left:
        text, found = one.text(), found | one.confirmed
        found |= {
            (number, name) for number, row in enumerate(RECORDS) for name in FIELDS
            if any(canary in text and canary not in one.asked for canary in canaries(name, row[name]))
        }
    return found


def leaks(scene: Scene, by: Door | None, left: Iterable[Left]) -> set[Cell]:
    """Cells that left and that the grant does not show."""
    return seen(left) - allowed(scene.drawn, scene.asker, by) - _unmarked(scene.drawn, scene.asker, by)


def _unmarked(drawn: Drawn, asker: str, by: Door | None) -> set[Cell]:
    """Cells that nothing gives away, which may be confirmed since they are shown as they lie."""
    if by is None or not drawn.is_open(asker, by):
        return set()
    return {
        (number, name) for number, row in enumerate(RECORDS) for name, text in drawn.shown(row, by).items()
        if not canaries(name, row[name]) and text == text_of(row[name])
    }
