"""What may go wrong between a reader and a table; codes of standards/data.md 6.5."""

from suixin.kit.errors import BadRequest, NotAllowed, NotFound, SuixinError


class NoGrant(NotAllowed):
    """Nobody granted this reader this resource through this door."""


class GrantExpired(NotAllowed):
    """There was a grant; its time is over (or has not begun)."""

    code = "api-4031"


class ColumnOutsideGrant(NotAllowed):
    """A column was asked for that the grant does not name."""

    code = "api-4032"


class GrantSuspended(NotAllowed):
    """The provider suspended the grant (Decree 809 art. 27)."""

    code = "api-4033"


class ResourceNotPublished(NotFound):
    """The resource is not published, or was withdrawn."""


class UnknownColumn(BadRequest):
    """A parameter names a column that the resource does not have."""


class UnknownParameter(BadRequest):
    """A parameter that this address does not know."""


class WrongValue(BadRequest):
    """A value does not fit the type of its column."""


class VersionGone(BadRequest):
    """Files of a version were cleaned up, so that nothing can be read of it or compared with it."""


class NotAtRest(NotAllowed):
    """The grant shows values whole that lie sealed; such rows leave in streams, never as files."""


class BadToken(BadRequest):
    """The page token is not one of ours, or belongs to another query."""


class BadGrant(BadRequest):
    """The grant contradicts the contract of its resource."""


class Replayed(SuixinError):
    """The nonce was seen before."""

    code = "api-409"
    http_status = 409


class OverQuota(SuixinError):
    """The grant's rate or daily quota is used up; `retry_after` seconds from now there is some again."""

    code = "api-429"
    http_status = 429
    retry = True


class PurposeOutsideGrant(NotAllowed):
    """The caller stated a purpose that its grant does not name."""

    code = "api-4032"


class QueryFailed(BadRequest):
    """The engine could not carry the query out with the values given."""
