"""What a door refuses; codes of standards/data.md 6.5."""

from collections.abc import Sequence

from suixin.kit.errors import BadRequest, NotAllowed, NotFound, SuixinError


class SignatureRefused(SuixinError):
    """Application, timestamp or signature do not hold."""

    code = "api-401"
    http_status = 401


class MustBeSealed(NotAllowed):
    """The resource's level asks for a call signed with SM2 and enciphered with SM4."""

    code = "api-4034"


class EnvelopeRefused(BadRequest):
    """An enciphered body does not open."""


class AddressRefused(NotAllowed):
    """The application may not call from that network address."""


class UnknownAddress(NotFound):
    """No resource, dataset or file at this address."""


class WrongMethod(SuixinError):
    """The address answers other methods only."""

    code = "api-405"
    http_status = 405

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"这个地址只接受 {' 和 '.join(allowed)}。")
        self.allowed = tuple(allowed)


class TooLarge(BadRequest):
    """More bytes than this address reads."""

    code = "api-413"
    http_status = 413


class TooBusy(SuixinError):
    """Too many downloads at once; the same call may succeed later."""

    code = "api-429"
    http_status = 429
    retry = True


class TooManyRows(BadRequest):
    """The format cannot hold that many rows."""


class NoRoom(SuixinError):
    """The node's disk is full."""

    code = "api-503"
    http_status = 503
    retry = True


class BadShareToken(BadRequest):
    """A recipient's token cannot be made, rotated or revoked as asked."""


class WrongExchange(BadRequest):
    """An exchange, its receiver or a subscription cannot be set up as asked."""


class ExchangeHeld(SuixinError):
    """An exchange cannot go on until a person has decided; the sentence says what about."""

    code = "exch-409"
    http_status = 409


class ReceiverFault(SuixinError):
    """The receiver's database or address failed; what was being written there was taken back whole."""

    code = "exch-502"
    http_status = 502
    retry = True


class ExchangeOvertaken(SuixinError):
    """Another run of the same exchange went on meanwhile."""

    code = "exch-4091"
    http_status = 409
    retry = True


class MessageRefused(SuixinError):
    """The receiver of a subscription does not take a message, and will not when it comes again."""

    code = "exch-422"
    http_status = 422
