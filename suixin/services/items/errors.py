"""What can be wrong with an item."""

from suixin.kit.errors import SuixinError


class ItemError(SuixinError):
    """Root of the errors of items."""

    code = "items-100"
    http_status = 400


class InvalidItem(ItemError):
    """A code, a tier or a value of an item breaks a rule; the sentence names the element."""

    code = "items-101"


class IncompleteItem(ItemError):
    """A guide does not yet state all that the rules ask for; the sentence names the elements."""

    code = "items-102"
    http_status = 422


class BadItemFile(ItemError):
    """A file that was brought is no workbook or JSON of items; the sentence says what to do."""

    code = "items-103"


class UnknownItem(ItemError):
    """No item has that code, or none of its versions was in force then."""

    code = "items-104"
    http_status = 404


class WrongStateOfItem(ItemError):
    """The item's state does not allow the step."""

    code = "items-109"
    http_status = 409
