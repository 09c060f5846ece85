"""What can be wrong with a destruction."""

from suixin.kit.errors import SuixinError


class InvalidDestruction(SuixinError):
    """What was asked for lacks something, or names what is not there."""

    code = "purge-400"
    http_status = 400


class SamePerson(SuixinError):
    """Who asked must not decide."""

    code = "purge-409-person"
    http_status = 409


class NotDecided(SuixinError):
    """It is not, or no longer, in the state for that."""

    code = "purge-409"
    http_status = 409


class StillThere(SuixinError):
    """After everything was done the value was found again."""

    code = "purge-500"
    http_status = 500
