"""What can be wrong with a catalogue entry."""

from suixin.kit.errors import SuixinError


class CatalogError(SuixinError):
    """Root of the catalogue's errors."""

    code = "catalog-100"
    http_status = 400


class InvalidEntry(CatalogError):
    """An entry or an item breaks a rule of the catalogue; the sentence names it."""

    code = "catalog-101"


class UnknownResource(CatalogError):
    """No entry has that code or table name."""

    code = "catalog-104"
    http_status = 404


class WrongState(CatalogError):
    """The entry's state does not allow the step, e.g. editing after publication."""

    code = "catalog-109"
    http_status = 409
