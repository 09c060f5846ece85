"""What can go wrong with work orders."""

from suixin.ground.flow.errors import FlowError
from suixin.kit.errors import NotFound


class UnknownOrder(NotFound):
    """There is no work order of that number, or not for this person."""

    code = "flow-404"


class UnknownKind(FlowError):
    """Nobody declared work orders of that kind, or a measure of that name."""

    code = "flow-422"
    http_status = 422


class WrongOrder(FlowError):
    """The order does not stand where this is possible."""

    code = "flow-409"
    http_status = 409
