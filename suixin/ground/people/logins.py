"""How often signing in may fail: per account and per address, counted in the control database for all processes.

Names that are no account count too, so that the answer does not tell which accounts exist.
"""

from datetime import timedelta

from suixin.ground.people.errors import TooManyFailures
from suixin.ground.people.models import LoginFailure
from suixin.kit import clock

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 50


def require_may_try(username: str, address: str) -> None:
    """Nothing, when the account and the address may try to sign in. Raises TooManyFailures."""
    recent = LoginFailure.objects.filter(at__gt=clock.now() - WINDOW)
    is_account = recent.filter(username=_name(username)).count() >= PER_ACCOUNT
    if is_account or recent.filter(address=address[:64]).count() >= PER_ADDRESS:
        what = "这个账号" if is_account else "这个网络地址"
        minutes = int(WINDOW.total_seconds() // 60)
        raise TooManyFailures(f"{what}登录失败次数过多，请 {minutes} 分钟后再试；忘记密码请联系数据局管理员。")


def note_failure(username: str, address: str) -> None:
    """The failed attempt counted; those that no longer count are dropped."""
    LoginFailure.objects.filter(at__lte=clock.now() - WINDOW).delete()
    LoginFailure.objects.create(username=_name(username), address=address[:64], at=clock.now())


def note_success(username: str) -> None:
    """The account's failures forgotten: its owner is here."""
    LoginFailure.objects.filter(username=_name(username)).delete()


def _name(username: str) -> str:
    return username.casefold()[:150]
