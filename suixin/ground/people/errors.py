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


class WrongPassword(BadRequest):
    """The password in use was asked for and another one was typed."""

    code = "people-4002"


class WrongCode(BadRequest):
    """A code of an authenticator or a recovery code is not right, or was used before."""

    code = "people-4003"


class PasskeyRefused(BadRequest):
    """A passkey did not prove what it was asked to."""

    code = "people-4004"


class BadToken(BadRequest):
    """A personal token cannot be made or revoked as asked."""

    code = "people-4005"


class FactorNeeded(BadRequest):
    """The last second factor of an account that must have one stays."""

    code = "people-4006"


class OwnReset(BadRequest):
    """Nobody resets the own second factor: that takes another person."""

    code = "people-4007"


class TokenRefused(SuixinError):
    """A personal token that is unknown, expired, revoked, or of a disabled account."""

    code = "api-4011"
    http_status = 401


class TokenReadsOnly(SuixinError):
    """A token for reading was used to write."""

    code = "api-4031"
    http_status = 403


class KeyRefused(BadRequest):
    """A key of an application cannot be made, rotated or revoked this way."""

    code = "people-4008"


class ReachRefused(BadRequest):
    """An application's networks or styles of signing are none."""

    code = "people-4009"


class BadAccount(BadRequest):
    """A field of a new account breaks a rule; the sentence names each."""

    code = "people-4010"


class BadSheet(BadRequest):
    """A sheet of staff cannot be taken; the sentence names row and column and says what to do."""

    code = "people-4011"


class BadOrganisation(BadRequest):
    """An organisation cannot be changed so; the sentence says why."""

    code = "people-4012"


class AccountExists(SuixinError):
    """Somebody signs in with that name already."""

    code = "people-409"
    http_status = 409


class PostConflict(SuixinError):
    """A post overlaps one that is held, or ends before it begins."""

    code = "people-4091"
    http_status = 409


class OrganisationEnded(SuixinError):
    """An organisation that does not exist on that day gets no post."""

    code = "people-4092"
    http_status = 409


class RolesExclude(SuixinError):
    """Roles that must not meet on one account."""

    code = "people-4093"
    http_status = 409


class LastAdministrator(SuixinError):
    """Without this account nobody would administer the instance."""

    code = "people-4094"
    http_status = 409


class OwnAccount(SuixinError):
    """Nobody administers his own account."""

    code = "people-4031"
    http_status = 403
