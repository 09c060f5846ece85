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
