"""What can go wrong with procedures, steps and the calendar, each with a sentence for who can act."""

from collections.abc import Sequence

from suixin.kit.errors import NotFound, SuixinError


class FlowError(SuixinError):
    """Root of the errors of this module."""

    code = "flow-500"


class FaultyProcedure(FlowError):
    """A declaration that may not be published; `fields["faults"]` names all its faults at once."""

    code = "flow-422"
    http_status = 422

    def __init__(self, sentence: str, faults: Sequence[str]) -> None:
        super().__init__(sentence, faults=list(faults))
        self.faults = tuple(faults)


class UnknownProcedure(NotFound):
    """No procedure of that name is in force."""

    code = "flow-404"


class UnknownStep(NotFound):
    """There is no such step, or not for this person."""

    code = "flow-404"


class StepDecided(FlowError):
    """Somebody else was first: the sentence says who decided what, and when."""

    code = "flow-409"
    http_status = 409


class WrongMove(FlowError):
    """The step or instance does not stand where this action is possible."""

    code = "flow-409"
    http_status = 409


class MissingReason(FlowError):
    """The action needs a reason, a document or an approver that was not given."""

    code = "flow-422"
    http_status = 422


class WrongCalendar(FlowError):
    """A calendar file or entry that contradicts itself; the sentence names the line."""

    code = "flow-422"
    http_status = 422
