"""What can go wrong with standards that a city keeps, each with what to do."""

from suixin.kit.errors import SuixinError


class WrongState(SuixinError):
    """The version or mapping is not where this can be done to it."""

    code = "standard-409"
    http_status = 409


class BadSheet(SuixinError):
    """A sheet of codes is not sound; `faults` are (row, column from 0, sentence), `sheet` the annotated copy's rows."""

    code = "standard-422"
    http_status = 422


class BadDraft(SuixinError):
    """What a draft says cannot be; the sentence names it."""

    code = "standard-400"
    http_status = 400
