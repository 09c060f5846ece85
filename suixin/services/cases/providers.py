"""Who takes money for us: what is asked of a payment provider, the ones that there are, and how their notices are proved.

Register  `register_provider(name, provider)`; shipped are `counter`, the till of the window, and by a setting `simulated` (simulated.py)
Once      the order is the fee's own uuid, with a number behind once a wrong sum came, and a refund's the payment's: a provider that is
          asked twice does it once
Notice    POST /api/v1/payments/<name>/notices, signed HMAC-SM3 with the secret `keys/payment-<name>.secret`, at most five minutes old
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hmac import compare_digest
from pathlib import Path

from django.conf import settings

from suixin.kit import clock
from suixin.kit.sm import hmac_sm3_hex, sm3_hex
from suixin.services.cases.errors import NoticeRefused, PaymentFailed

WINDOW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Paid:
    """What a provider says of an order: its own reference, "" while it knows of no payment."""

    reference: str
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a provider's list of a day: money that came for an order, or went back (`is_refund`)."""

    order: str
    reference: str
    cents: int
    is_refund: bool = False


class Provider:
    """Somebody who takes money for us; what one does not offer it need not say."""

    title = "支付渠道"
    is_online = True

    def pay(self, order: str, cents: int, *, receipt: str) -> Paid:
        """The payment of that order, the same when asked again; an empty reference while the payer has still to act.

        Raises PaymentFailed when it was surely refused.
        """
        raise NotImplementedError

    def find(self, order: str) -> Paid:
        """What became of the order; an empty reference when it is not known."""
        raise NotImplementedError

    def page_of(self, order: str) -> str:
        """Where the payer goes on; "" when there is nothing to do there."""
        del order
        return ""

    def refund(self, reference: str, cents: int, *, key: str) -> str:
        """The refund's reference, the same for the same key; "" while it is on its way. Raises PaymentFailed."""
        del cents, key
        raise PaymentFailed(f"{self.title}不能原路退款（流水号 {reference[:60]}）；请线下退还，并登记退款凭证号。")

    def statement(self, day: date) -> Sequence[Line] | None:
        """What came and went back on that day; None when the provider keeps no list."""
        del day
        return None


class Counter(Provider):
    """Paid at the window: the receipt that the cashier writes is the reference."""

    title = "窗口缴费"
    is_online = False

    def pay(self, order: str, cents: int, *, receipt: str) -> Paid:  # noqa: ARG002 as every provider is asked
        """The receipt's number."""
        if not receipt.strip():
            raise PaymentFailed("没有填写窗口开具的票据号；请填写后再登记缴费。")
        return Paid(receipt.strip()[:120], cents)

    def find(self, order: str) -> Paid:  # noqa: ARG002 a till remembers no order
        """Nothing: what was not written down was not paid."""
        return Paid("")


COUNTER = "counter"
providers: dict[str, Provider] = {COUNTER: Counter()}


def register_provider(name: str, provider: Provider) -> None:
    """Let fees be paid through that provider."""
    providers[name] = provider


def online() -> dict[str, Provider]:
    """Those that a resident pays through by itself."""
    return {name: one for name, one in providers.items() if one.is_online}


def provider_of(name: str) -> Provider:
    """The provider of that name. Raises PaymentFailed."""
    found = providers.get(name)
    if found is None:
        raise PaymentFailed(f"没有支付渠道“{name[:32]}”；可用：{'、'.join(sorted(providers))}。")
    return found


def require_signed(name: str, headers: Mapping[str, str], path: str, *, body: bytes) -> None:
    """Nothing, when the provider of that name signed this notice. Raises NoticeRefused."""
    secret, stamp = secret_of(name) if name in providers else b"", headers.get("X-Suixin-Timestamp", "")
    is_recent = stamp.isascii() and stamp.isdecimal() and abs(int(stamp[:15]) - clock.now().timestamp()) <= WINDOW_SECONDS
    given = headers.get("X-Suixin-Signature", "")
    wanted = signature(path, stamp, body, secret=secret or b"none")
    if not (secret and is_recent and given.isascii() and compare_digest(wanted, given)):
        raise NoticeRefused("通知的支付渠道、时间或签名不对；请核对渠道名、时钟和密钥。")


def signature(path: str, stamp: str, body: bytes, *, secret: bytes) -> str:
    """HMAC-SM3 of POST, path, timestamp and the body's SM3, each on a line."""
    return hmac_sm3_hex(secret, "\n".join(("POST", path, stamp, sm3_hex(body))).encode())


def secret_of(name: str) -> bytes:
    """What the provider's notices are signed with; empty when there is none."""
    path = Path(settings.SUIXIN.keys) / f"payment-{name}.secret"
    return path.read_bytes().strip() if path.is_file() else b""
