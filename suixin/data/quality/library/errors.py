"""What can be wrong with a rule of the library."""

from suixin.kit.errors import SuixinError


class LibraryError(SuixinError):
    """Root of the library's errors."""

    code = "library-400"
    http_status = 400


class BadLibrary(LibraryError):
    """A declaration of the library is wrong, or names a rule that is not there."""

    code = "library-404"
    http_status = 404


class UnfitRule(LibraryError):
    """The parameters do not make a rule of this entry; `faults` says why, by parameter."""

    code = "library-422"
    http_status = 422


class Untriable(LibraryError):
    """The rule cannot be tried on the data at rest."""

    code = "library-409"
    http_status = 409


class DecidedSuggestion(LibraryError):
    """Somebody has accepted or dismissed the suggestion."""

    code = "library-409-decided"
    http_status = 409
