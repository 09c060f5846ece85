"""What can go wrong with people and organisations."""

from suixin.kit.errors import BadRequest, SuixinError


class BadOrganisationFile(BadRequest):
    """A list of organisations breaks a rule; the sentence names the entry."""

    code = "people-400"


class WeakPassword(BadRequest):
    """A new password is too short, too common or too like the account's name."""

    code = "people-4001"


class TooManyFailures(SuixinError):
    """An account or an address failed to sign in too often; later it may try again."""

    code = "people-429"
    http_status = 429
    retry = True
