"""The city's government services: drafted as its folder says, published where the checker finds nothing, a few in other states."""

from datetime import datetime, time, timedelta

from django.db import transaction

from suixin.cities.items import city_items
from suixin.cities.specs import City
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.items import actions
from suixin.services.items.errors import IncompleteItem
from suixin.services.items.models import Item, ItemState, ItemVersion

REASON = "城市事项清单（示例）"
EARLIER = timedelta(days=120)
# basic code → what became of it, and why; to be seen in the demo
PAUSED = {"000125102001": "禁放期内暂停办理，2027 年 3 月 1 日恢复（示例）"}
WITHDRAWN = {"000122102001": "事项调整，由新的清单取代（示例）"}
REVISED = {"000131106001": {"promise_day": 5}}  # a second version: the promise shortened, so that a past date reads otherwise


def register(city: City, actor: Actor) -> str:
    """A line on what stands now; items that are there already stay as they are."""
    drafts = city_items(city)
    known = set(Item.objects.values_list("code", flat=True))
    if new := [draft for draft in drafts if draft.code not in known]:
        start = datetime.combine(clock.today() - EARLIER, time(9), clock.CHINA)
        with clock.frozen(start), transaction.atomic():
            for draft in new:
                _published(actions.draft_item(draft, actor=actor), actor)
        _lived(actor)
    states = list(Item.objects.exclude(tier="basic").values_list("state", flat=True))
    told = "、".join(f"{state.label} {states.count(state)}" for state in ItemState)
    return f"政务服务事项 {len(states)} 个：{told}；办事指南 {ItemVersion.objects.at(clock.now()).exclude(item__tier='basic').count()} 份"


def _published(item: Item, actor: Actor) -> None:
    try:
        actions.publish_item(item, actor=actor, reason=REASON)
    except IncompleteItem:
        return  # stays a draft, its faults are shown in the console


def _lived(actor: Actor) -> None:
    for moved, codes in ((actions.pause_item, PAUSED), (actions.withdraw_item, WITHDRAWN)):
        for basic, reason in codes.items():
            item = Item.objects.get(parent__code=basic)
            if item.state == ItemState.IN_USE:
                moved(item, actor=actor, reason=reason)
    for basic, changed in REVISED.items():
        item = Item.objects.get(parent__code=basic)
        content = {**item.content, **changed}
        content["steps"] = [
            {**row, "step_days": min(row["step_days"], content["promise_day"])} for row in content["steps"]
        ]
        if item.version == 1:
            actions.publish_item(actions.revise_item(item, content, actor=actor), actor=actor, reason="压缩承诺时限（示例）")
