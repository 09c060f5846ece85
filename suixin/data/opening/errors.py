"""What can forbid opening."""

from suixin.kit.errors import SuixinError


class OpeningError(SuixinError):
    """Root of opening's errors."""

    code = "open-400"
    http_status = 400


class MayNotOpen(OpeningError):
    """The resource holds what the public must not see, or has no data yet; the sentence names each reason."""

    code = "open-409"
    http_status = 409


class UnknownDataset(OpeningError):
    """No open dataset has that address."""

    code = "res-404"
    http_status = 404
