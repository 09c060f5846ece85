"""What every draft of an item goes through, one by one or a thousand at once: its code, its values, its title and faults."""

from collections.abc import Mapping

from suixin.services.items import checking, queries, rules
from suixin.services.items.elements import Content
from suixin.services.items.errors import InvalidItem
from suixin.services.items.models import Item
from suixin.services.items.rules import ABOVE, TIER_WORDS, Tier
from suixin.services.items.stated import text_of


def refuse_values(content: Mapping[str, object]) -> None:
    """Nothing, when a draft may be kept with these values. Raises InvalidItem."""
    faults = checking.faults_of_values(content)
    if faults:
        told = "；".join(one.sentence for one in faults[: queries.TOLD])
        raise InvalidItem(f"没有保存：{told}。", elements=[one.element for one in faults])


def count(item: Item, above: Content | None = None) -> None:
    """Title and number of faults as the draft stands; `above`: what the tier above says, when it is known already."""
    said = queries.inherited_of(item) if above is None else above
    item.title = (text_of(rules.effective([said, item.content]), "task_name") or item.code)[:300]
    item.faults = len(queries.faults_of(item, said))


def codes_of(code: str) -> rules.Codes:
    """The parts of a right code. Raises InvalidItem."""
    if sentence := rules.fault_of_code(code):
        raise InvalidItem(f"{sentence}。")
    codes = rules.taken_apart(code)
    if codes is None:
        raise InvalidItem(f"编码“{code}”不能用。")
    return codes


def no_above(codes: rules.Codes) -> str:
    """What to tell when the item above is not there."""
    return f"没有登记上级{TIER_WORDS[ABOVE[codes.tier] or Tier.BASIC]}“{codes.above}”；请先登记它。"


def no_body(codes: rules.Codes) -> str:
    """What to tell when the body is not there."""
    return f"组织机构库里没有信用代码“{codes.body}”；请核对实施主体编码。"
