"""What background work refuses."""

from suixin.kit.errors import SuixinError


class UnknownKind(SuixinError):
    """No kind of job is declared under that name."""

    code = "job-500"


class WrongJobState(SuixinError):
    """The job is not in a state in which that can be done."""

    code = "job-409"
    http_status = 409
