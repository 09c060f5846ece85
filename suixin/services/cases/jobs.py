"""What time alone brings about in cases: cards, tolerated materials that did not come, payments whose answer was lost."""

from suixin.kit.actor import SYSTEM
from suixin.services.cases import fees, supervising


def watch(_: object = None) -> str:
    """What was found, as a sentence."""
    cards, lapsed = supervising.give_due_cards(actor=SYSTEM), supervising.lapse_materials(actor=SYSTEM)
    found, lost = fees.reconcile(actor=SYSTEM)
    return f"亮牌 {cards} 张，容缺逾期 {lapsed} 件，对账补记 {found} 笔、确认未付 {lost} 笔。"
