"""What can be wrong with an indicator."""

from suixin.kit.errors import SuixinError


class InsightError(SuixinError):
    """Root of insight's errors."""

    code = "insight-400"
    http_status = 400


class InvalidIndicator(InsightError):
    """The declaration or its SQL is not acceptable; the sentence names the fault."""

    code = "insight-401"
