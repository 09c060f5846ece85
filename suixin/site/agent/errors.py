"""What can stop a front machine, each with the sentence for the department's own people."""

from suixin.kit.errors import SuixinError


class AgentError(SuixinError):
    """Root of the agent's errors."""

    code = "agent-500"
    http_status = 500


class SettingsWrong(AgentError):
    """The file of settings cannot be used as it is."""

    code = "agent-422"


class AlreadyRunning(AgentError):
    """Another process works in the same state folder."""

    code = "agent-423"


class SpoolFull(AgentError):
    """The spool holds as much as it may: reading pauses, nothing is lost."""

    code = "agent-507"


class SpoolBroken(AgentError):
    """The spool cannot be read or written."""

    code = "agent-508"


class BaseAway(AgentError):
    """The base did not answer, or cannot take anything just now; the same again later."""

    code = "agent-503"


class BaseRefused(AgentError):
    """The base answered that it does not take this; its own sentence says why."""

    code = "agent-403"


class OutOfStep(BaseRefused):
    """The base wants another number: a heartbeat will say which."""

    code = "agent-410"


class StreamFault(AgentError):
    """A table or file cannot be read as it is."""

    code = "agent-424"
