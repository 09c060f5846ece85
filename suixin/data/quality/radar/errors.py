"""What can be wrong with a decision about duplicates."""

from suixin.data.quality.errors import QualityError


class UndecidableFinding(QualityError):
    """The finding is gone or decided, the source is none of its two entries, or the reason is missing."""

    code = "quality-409-duplicate"
    http_status = 409


class BadExemption(QualityError):
    """An exemption names no basis, no such item, or a day that is past or too far away."""

    code = "quality-422-exemption"
    http_status = 422
