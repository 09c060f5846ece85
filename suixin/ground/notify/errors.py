"""What messages refuse."""

from suixin.kit.errors import BadRequest, SuixinError


class BadMessage(BadRequest):
    """A message without a key, a title or a recipient, or with an address that leads away."""

    code = "notify-400"


class BadPreference(BadRequest):
    """A preference that cannot be kept; the sentence names it."""

    code = "notify-4001"


class WrongDeliveryState(SuixinError):
    """A delivery is not in a state in which it can be sent again."""

    code = "notify-409"
    http_status = 409


class ReceiptRefused(SuixinError):
    """A receipt whose signature, time or gateway is not right."""

    code = "notify-401"
    http_status = 401
