"""To whom: an account, whoever holds a post, or a bare address."""

from dataclasses import dataclass
from typing import Self

from suixin.ground.people.models import Account, Organisation


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of the three; made by `account`, `post` or `address`."""

    what: str
    pk: int = 0
    role: str = ""
    channel: str = ""
    text: str = ""

    @classmethod
    def account(cls, account: Account) -> Self:
        """That account."""
        return cls("account", account.pk)

    @classmethod
    def post(cls, organisation: Organisation, role: str) -> Self:
        """Everybody who holds that role there when the message is sent; the first who comes to hold it when nobody does."""
        return cls("post", organisation.pk, role)

    @classmethod
    def address(cls, channel: str, text: str) -> Self:
        """That address on that channel, of somebody without an account."""
        return cls("address", 0, "", channel, text)
