"""What makes a whole batch unjudgeable; a single bad row is a `Reject`, never an error."""

from suixin.kit.errors import SuixinError


class QualityError(SuixinError):
    """Root of the module's errors."""

    code = "quality-500"
    http_status = 500


class ColumnsMissing(QualityError):
    """The table lacks columns of required items; no row of it could be accepted."""

    code = "quality-422-missing"
    http_status = 422


class ColumnsUnknown(QualityError):
    """The table has columns that no item of the contract names: its structure drifted."""

    code = "quality-422-unknown"
    http_status = 422


class MiscountedBatch(QualityError):
    """Rows read are not rows accepted plus rows rejected; nothing may be committed."""

    code = "quality-500-miscounted"


class ContractUnusable(QualityError):
    """The contract itself cannot be compiled: a rule or a unit in it is wrong."""

    code = "quality-422-contract"
    http_status = 422


class NothingToCorrect(QualityError):
    """A batch that no reason was found against is no work order."""

    code = "quality-409"
    http_status = 409


class SheetRefused(QualityError):
    """A sheet that came back is none of ours, of another batch, masked, or says something of rows that is not so."""

    code = "quality-422-sheet"
    http_status = 422


class RowsTaken(QualityError):
    """Rows of the sheet are mended already, or somebody else is handing them in at this moment."""

    code = "quality-409-rows"
    http_status = 409


class DoubtRefused(QualityError):
    """A doubt that names no row or item that its asker can read, or says nothing new."""

    code = "quality-422-doubt"
    http_status = 422


class RelationMissing(QualityError):
    """A rule looks at another table that has no data yet, so no row could be said to meet it."""

    code = "quality-422-relation"
    http_status = 422
