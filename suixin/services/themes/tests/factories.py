"""Themes for tests: small ones by a line each, with items that say just what the rules look at."""

from collections.abc import Iterable, Mapping

from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM
from suixin.services.items.actions import publish_item
from suixin.services.items.models import Item
from suixin.services.items.tests import factories as items
from suixin.services.items.tests.factories import BASIC
from suixin.services.themes import actions
from suixin.services.themes.declaration import Ask, Bank, Offer, Part, Question, Refusal, Visit, Whole
from suixin.services.themes.declaration import Theme as Declared
from suixin.services.themes.models import Theme


def part(name: str, needs: Iterable[str] = (), *, after: Iterable[str] = (), when: str = "", whole: bool = False, gives: str = "") -> Part:
    """A part of that name."""
    refusal = Refusal.WHOLE if whole else Refusal.PART
    return Part(name, "000109000001", f"d-{name}", when=when, needs=tuple(needs), after=tuple(after), on_refusal=refusal,
                gives=tuple(filter(None, [gives])))


def whole_of(
    *parts: Part, days: Mapping[str, int] | None = None, promise: int = 99, asks: Iterable[Ask] = (), visits: Iterable[Visit] = (),
    materials: Mapping[str, list[dict[str, object]]] | None = None, questions: Mapping[str, Iterable[str]] | None = None,
) -> Whole:
    """A theme of these parts; each of two days unless told otherwise, of a department of its own, asking `applicant` and its name."""
    theme = Declared("test", "测试一件事", "试", "lead", "依据", promise, "窗口", parts, tuple(asks), visits=tuple(visits))
    asked = {one.id: ("applicant", one.id, *(questions or {}).get(one.id, ())) for one in parts}
    bank = Bank({"one": "申请人"}, {
        name: Question(name, "one", {"name": name, "label": name, "type": "text"}) for names in asked.values() for name in names
    })
    offers = {
        one.id: Offer(one.id, one.item, 1, "d", f"事项{one.id}", f"部门{one.id}", (days or {}).get(one.id, 2), "",
                      {"materials": (materials or {}).get(one.id, [])}, asked[one.id])
        for one in parts
    }
    return Whole(theme, offers, bank)


OTHER = "000120115002"
BANK = f"""
sections:
  firm:
    title: 企业
    questions:
      - {{name: firm_name, means: firm_name, label: 名称, type: text, required: true}}
      - {{name: firm_phone, label: 电话, type: mobile}}
      - {{name: staff, label: 人数, type: integer}}
forms:
  "{BASIC}": [firm_name, firm_phone]
  "{OTHER}": [firm_name, staff]
"""


# the second item also asks where somebody lives, which the register of households knows
SOURCED = BANK.replace(
    "type: integer}", "type: integer}\n      - {name: home, label: 户籍地址, type: text, required: true, "
    "source: {resource: households, item: 户籍地址, by: person}}",
).replace("[firm_name, staff]", "[firm_name, staff, home]")


def declared(slug: str, lead: str, other: str, *, title: str = "开办人力公司", promise: int = 10, needs: str = "first") -> str:
    """The declaration of a theme of two items, one of each department; the second only for who has premises."""
    return f"""
slug: {slug}
title: {title}
summary: 两个部门的事一次办
lead: {lead}
basis: 某办法第一条
promise_days: {promise}
delivery: 一次寄到
keywords: [开中介]
firm_stage: ["01"]
asks:
  - {{name: 有店面, text: 有店面吗？}}
parts:
  - {{id: first, item: "{BASIC}", by: {lead}, title: 先办的, on_refusal: whole}}
  - {{id: second, item: "{OTHER}", by: {other}, title: 后办的, when: 有店面 = true, needs: [{needs}]}}
"""


def ready(slug: str, lead: Organisation, other: Organisation, bank: str = BANK) -> Theme:
    """A theme drafted, its items in use, the bank taken."""
    for place, code in ((lead, BASIC), (other, OTHER)):
        if not Item.objects.filter(code=f"{place.uscc}3{code}", version__gt=0).exists():
            publish_item(items.implementation(place, None, code), actor=SYSTEM, reason="测试")
    actions.take_bank(bank, actor=SYSTEM)
    return actions.draft_theme(declared(slug, lead.slug, other.slug), actor=SYSTEM)


def published(slug: str, lead: Organisation, other: Organisation, bank: str = BANK) -> Theme:
    """The same, in use."""
    theme = ready(slug, lead, other, bank)
    actions.publish_theme(theme, actor=SYSTEM, reason="测试")
    return Theme.objects.get(pk=theme.pk)
