"""What can be wrong with applying for a theme, or with what was applied for."""

from suixin.kit.errors import SuixinError


class MatterError(SuixinError):
    """Root of the errors of matters."""

    code = "matters-100"
    http_status = 400


class NotOpenTheme(MatterError):
    """The theme cannot be applied for now: paused, published anew since the form was begun, one of its items not in use."""

    code = "matters-101"
    http_status = 409


class UnfitSituation(MatterError):
    """The situation is not told whole, or a condition of the theme does not hold; the sentence says which."""

    code = "matters-102"
    http_status = 422


class UnknownMatter(MatterError):
    """No matter has that number, or the reader may not see it."""

    code = "matters-104"
    http_status = 404


class WrongStateOfMatter(MatterError):
    """The matter's state does not allow the step."""

    code = "matters-109"
    http_status = 409
