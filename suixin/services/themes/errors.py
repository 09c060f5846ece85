"""What can be wrong with a theme."""

from suixin.kit.errors import SuixinError


class ThemeError(SuixinError):
    """Root of the errors of themes."""

    code = "themes-100"
    http_status = 400


class FaultyTheme(ThemeError):
    """The declaration of a theme or of the question bank is not understood; the sentence names place and key."""

    code = "themes-101"


class UnsoundTheme(ThemeError):
    """The theme may not be published: a rule does not hold; the sentence names the items."""

    code = "themes-102"
    http_status = 422


class UnknownTheme(ThemeError):
    """No theme has that name, or it is not published."""

    code = "themes-104"
    http_status = 404


class WrongStateOfTheme(ThemeError):
    """The theme's state does not allow the step."""

    code = "themes-109"
    http_status = 409
