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
