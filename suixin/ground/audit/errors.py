"""What can go wrong with the log's integrity."""

from suixin.kit.errors import BadRequest, SuixinError


class AnchorsDisagree(SuixinError):
    """The second place knows another history than the database: cut, restored, or of another installation."""

    code = "audit-5001"


class AnchorsUnwritable(SuixinError):
    """The second place cannot be written."""

    code = "audit-5002"
    retry = True


class BadArchive(SuixinError):
    """An archive of sealed records is missing or is not what the chain says it is."""

    code = "audit-5003"


class BadSearch(BadRequest):
    """A condition of a search of the log cannot be read."""

    code = "audit-400"
