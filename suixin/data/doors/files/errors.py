"""What a receiver, an order or a package cannot do."""

from suixin.kit.errors import BadRequest, NotFound, SuixinError


class WrongOrder(BadRequest):
    """A key or an order cannot be set up as asked."""

    code = "file-4001"


class OrderHeld(SuixinError):
    """No package can be made until a person has seen to it; the sentence says what about."""

    code = "file-409"
    http_status = 409


class UnknownPackage(NotFound):
    """There is no such package for the caller."""

    code = "file-4041"


class PackageGone(SuixinError):
    """The package was there and is no more: received, past its time, or taken back."""

    code = "file-410"
    http_status = 410


class WrongReceipt(BadRequest):
    """A receipt is not of this package, not by its receiver, or of other bytes."""

    code = "file-4002"
