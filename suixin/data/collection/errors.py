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


class TooManyRows(CollectionError):
    """More rows than the page takes; the sheet takes them."""

    code = "collect-413"


class NothingFilled(CollectionError):
    """Rows were to be handed in, and there are none."""

    code = "collect-422"
    http_status = 422


class FilingRefused(CollectionError):
    """The rows that were handed in did not land; the draft is as it was."""

    code = "collect-409"
    http_status = 409
