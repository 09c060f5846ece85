"""Background entry points of the cascade."""

from datetime import date, timedelta

from suixin.data.sharing.cascade import keeping, running
from suixin.ground.jobs.registry import Given
from suixin.kit import clock
from suixin.kit.actor import SYSTEM


def run() -> str:
    """A turn of every link that is due."""
    turns = running.run_due(actor=SYSTEM)
    return " ".join(str(turn) for turn in turns) if turns else "没有到时的级联平台。"


def reconcile(given: Given) -> str:
    """A day, yesterday when none is named, counted with every peer; what nobody needs any more is forgotten."""
    day = date.fromisoformat(told) if (told := given.text("day")) else clock.today() - timedelta(days=1)
    turns = running.run_due(actor=SYSTEM, is_every=True, days=[day])
    return f"与 {len(turns)} 个平台核对 {day}；忘记信件内容 {keeping.forget_old(actor=SYSTEM)} 封。"
