"""What can be wrong with a catalogue entry."""

from suixin.kit.errors import SuixinError


class CatalogError(SuixinError):
    """Root of the catalogue's errors."""

    code = "catalog-100"
    http_status = 400


class InvalidEntry(CatalogError):
    """An entry or an item breaks a rule of the catalogue; the sentence names it."""

    code = "catalog-101"


class IncompleteEntry(CatalogError):
    """An entry does not yet state all that its department answers for; the sentence names what is missing."""

    code = "catalog-102"
    http_status = 422


class BadWorkbook(CatalogError):
    """A file that was brought is no workbook, JSON or XML of the catalogue's layout; the sentence says what to do."""

    code = "catalog-103"


class UnknownResource(CatalogError):
    """No entry has that code or table name."""

    code = "catalog-104"
    http_status = 404


class Objected(CatalogError):
    """A module above the catalogue objects to the entry: an item is provided by another department already, say."""

    code = "catalog-106"
    http_status = 409


class WrongState(CatalogError):
    """The entry's state does not allow the step, e.g. editing after publication."""

    code = "catalog-109"
    http_status = 409


class NoSample(CatalogError):
    """No synthetic row satisfies the entry's rules, or there are no items to make one of."""

    code = "catalog-122"
    http_status = 422
