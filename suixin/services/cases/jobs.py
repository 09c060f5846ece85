"""What time alone brings about in cases: cards, materials that did not come, payments and doubts that were answered meanwhile."""

from suixin.kit.actor import SYSTEM
from suixin.services.cases import contacting, doubting, fees, prefilling, supervising


def watch(_: object = None) -> str:
    """What was found, as a sentence."""
    cards, lapsed = supervising.give_due_cards(actor=SYSTEM), supervising.lapse_materials(actor=SYSTEM)
    prefilling.forget()
    contacting.forget_closed()
    doubting.settle()
    found, lost = fees.reconcile(actor=SYSTEM)  # last: a provider may take its time
    return f"亮牌 {cards} 张，容缺逾期 {lapsed} 件，对账补记 {found} 笔、确认未付 {lost} 笔。"
