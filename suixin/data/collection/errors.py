"""What can stop a file on its way in."""

from suixin.kit.errors import SuixinError


class CollectionError(SuixinError):
    """Root of collection's errors."""

    code = "collect-400"
    http_status = 400


class NothingToCollect(CollectionError):
    """The path holds no file."""

    code = "collect-404"
    http_status = 404


class NotWaiting(CollectionError):
    """The proposal has no file that waits for it."""

    code = "collect-409"
    http_status = 409
