"""Numbers and fingerprints of work orders, and what may be done with one. Pure; our choice."""

from collections.abc import Sequence
from datetime import date

PREFIX = "GD"
FINGERPRINT_LENGTH = 200


def number_of(day: date, serial: int) -> str:
    """GD + date + serial of the day: GD20261124-0001."""
    return f"{PREFIX}{day:%Y%m%d}-{serial:04}"


def fingerprint_of(parts: Sequence[str]) -> str:
    """What makes two findings the same: module, thing and fault, in that order; blanks and case do not count."""
    joined = ":".join("".join(part.split()).lower() for part in parts)
    return joined[:FINGERPRINT_LENGTH]


def fault_of_merging(*, order: str, into: str, is_open: bool, into_is_open: bool, same_owner: bool) -> str:
    """Why an order may not be merged into another, as a sentence; "" when it may."""
    if order == into:
        return f"工单 {order} 不能并入自己；请选另一张工单。"
    if not is_open or not into_is_open:
        closed = into if is_open else order
        return f"工单 {closed} 已办结，不能归并；请先重开，或另选一张未办结的工单。"
    if not same_owner:
        return f"工单 {order} 与 {into} 的责任单位不同，不能归并；请先改派。"
    return ""
