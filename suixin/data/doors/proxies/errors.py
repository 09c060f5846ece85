"""What goes wrong between the gateway and a department's interface; codes of standards/data.md 6.5."""

from suixin.kit.errors import BadRequest, SuixinError


class WrongProxy(BadRequest):
    """A registration contradicts the contract, or a step does not fit its state."""

    code = "proxy-4001"


class SourceBroken(SuixinError):
    """The department's interface cannot be reached, or answers what it should not."""

    code = "api-502"
    http_status = 502
    retry = True


class SourceTimeout(SuixinError):
    """The department's interface did not answer in time."""

    code = "api-504"
    http_status = 504
    retry = True
