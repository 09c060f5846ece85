"""Who must have a second factor, and who has one.

Our choice after 等保 2.0 (two kinds of proof for administrators): settings second_factor and second_factor_roles; an
account whose factor was reset must enrol again whatever they say.
"""

from django.conf import settings

from suixin.ground.people.models import Account
from suixin.kit import clock


def has_factor(account: Account) -> bool:
    """Whether the account has an authenticator or a passkey that counts."""
    return has_totp(account) or account.passkeys.exists()


def has_totp(account: Account) -> bool:
    """Whether the account has an authenticator that counts."""
    totp = getattr(account, "totp", None)
    return totp is not None and totp.confirmed_at is not None


def must_have_factor(account: Account) -> bool:
    """Whether the account opens nothing before it has a second factor."""
    if account.must_enrol_factor:
        return True
    if settings.SUIXIN.second_factor != "required":
        return False
    return account.is_superuser or account.posts.in_force(clock.today()).filter(role__in=settings.SUIXIN.second_factor_roles).exists()
