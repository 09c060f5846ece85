"""Whether the words of a grant agree with one another, whatever it is a grant on: pure."""

from collections.abc import Sequence
from datetime import datetime

from suixin.data.access.errors import BadGrant
from suixin.data.access.models import Door, SubjectKind

MOST_CALLS = 1_000_000_000


def doors_of(doors: Sequence[Door | str], kind: SubjectKind, *, is_receipted: bool) -> list[str]:
    """The doors that it opens; all of them said of a grant with receipts means all but pages. Raises BadGrant."""
    wanted = [Door(door) for door in doors]
    if not is_receipted:
        return [door.value for door in wanted]
    if kind is SubjectKind.PUBLIC:
        raise BadGrant("面向公众的授权没有可以收回执的一方，不能要求每次留回执；请去掉这个要求，或授权给部门、应用。")
    if set(wanted) == set(Door):
        wanted.remove(Door.PAGE)
    if Door.PAGE in wanted:
        raise BadGrant("要求每次留回执的授权不能开“页面”通道，页面上看过的内容无法核对；请去掉页面，改用接口、下载等通道。")
    return [door.value for door in wanted]


def check_subject(kind: SubjectKind, key: str) -> None:
    """Nothing when the subject is named as its kind wants. Raises BadGrant."""
    if (kind is SubjectKind.PUBLIC) == bool(key):
        raise BadGrant("面向公众的授权不写对象，其他授权须写明对象（部门信用代码、应用标识或账号）。")


def check_time(start: datetime, end: datetime | None) -> None:
    """Nothing when the end comes after the start. Raises BadGrant."""
    if end is not None and end <= start:
        raise BadGrant("授权的失效时间须晚于生效时间；请改正日期。")


def check_quota(per_second: int | None, per_day: int | None) -> None:
    """Nothing when both are counts, or without end. Raises BadGrant."""
    if any(number is not None and not 1 <= number <= MOST_CALLS for number in (per_second, per_day)):
        raise BadGrant(f"每秒、每日次数须是 1 到 {MOST_CALLS} 的整数；不限次数请留空。")
