"""What can stop a file, a source or a feed on its way in."""

from suixin.kit.errors import SuixinError


class CollectionError(SuixinError):
    """Root of collection's errors."""

    code = "collect-400"
    http_status = 400


class NothingToCollect(CollectionError):
    """The path holds no file."""

    code = "collect-404"
    http_status = 404


class TooManyRows(CollectionError):
    """More rows than the page takes; the sheet takes them."""

    code = "collect-413"


class NothingFilled(CollectionError):
    """Rows were to be handed in, and there are none."""

    code = "collect-422"
    http_status = 422


class FilingRefused(CollectionError):
    """The rows that were handed in did not land; the draft is as it was."""

    code = "collect-409"
    http_status = 409


class WrongSource(CollectionError):
    """The declaration of a source or a feed cannot be."""

    code = "source-400"


class SourceFault(CollectionError):
    """The source did not give what it was asked for; the same may work later."""

    code = "source-502"
    http_status = 502
    retry = True


class SourceSlow(SourceFault):
    """The source took longer than it may."""

    code = "source-504"
    http_status = 504


class LoginRefused(SourceFault):
    """The source refused our credentials; trying again would lock the account there."""

    code = "source-401"
    http_status = 400
    retry = False


class TableGone(SourceFault):
    """The table, column or file is not in the source any more."""

    code = "source-404"
    http_status = 404
    retry = False


class AddressRefused(WrongSource):
    """The address leads to where this installation does not go."""

    code = "source-403"
    http_status = 403


class DriverMissing(WrongSource):
    """The package that speaks to this kind of source is not installed."""

    code = "source-501"
    http_status = 501


class SourceBusy(CollectionError):
    """The source has as many runs as it allows."""

    code = "source-429"
    http_status = 429
    retry = True


class FeedBusy(CollectionError):
    """Another run of the same feed is at work."""

    code = "source-409"
    http_status = 409


class FeedStopped(CollectionError):
    """The feed, its source, or the supplier's agreement does not allow a run now."""

    code = "source-423"
    http_status = 409


class EmptyState(CollectionError):
    """A reading of everything gave no row; that is never taken for the deletion of all."""

    code = "source-412"
    http_status = 409


class ColumnsChanged(CollectionError):
    """The source's columns are not those that the feed was declared for."""

    code = "source-422"
    http_status = 409


class SequenceDiffers(CollectionError):
    """A front machine's chunk is not the one that is wanted; it goes back to where we are."""

    code = "agent-409"
    http_status = 409


class LogRefused(SourceFault):
    """The source's server, account or table does not allow reading its log; the sentence says what to type there."""

    code = "source-426"
    http_status = 409
    retry = False


class LogLost(SourceFault):
    """The place in the log is not there any more: what changed since cannot be told, a full reading must come first."""

    code = "source-427"
    http_status = 409
    retry = False
