"""Removing one's own factor, unless it is the last one of an account that must have one."""

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people.credentials import TotpFactor
from suixin.ground.people.errors import FactorNeeded
from suixin.ground.people.factors import needs
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of


@transaction.atomic
def remove(account: Account, which: str) -> None:
    """The factor `totp` or `passkey-<id>` is gone. Raises FactorNeeded; a factor that is not there is no error."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    removed = 0
    if which == "totp":
        removed, _ = TotpFactor.objects.filter(account=account).delete()
    elif which.startswith("passkey-") and which[8:].isdecimal() and len(which) < 26:
        removed, _ = account.passkeys.filter(pk=int(which[8:])).delete()
    if not removed:
        return
    if not needs.has_factor(account):
        if needs.must_have_factor(account):
            raise FactorNeeded("您的岗位必须有二次验证，这是最后一个，不能移除；请先登记另一个。")
        account.recovery_codes.all().delete()
    record(actor_of(account), "people.factor_removed", account, detail={"factor": which[:40]})
