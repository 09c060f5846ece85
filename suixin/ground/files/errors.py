"""What the store of attachments refuses."""

from suixin.kit.errors import BadRequest, NotFound, SuixinError


class FileRefused(BadRequest):
    """The file is empty, too large, of a type that is not taken, or the scanner found something."""

    code = "file-422"
    http_status = 422


class ScannerSilent(SuixinError):
    """The scanner that is configured did not answer; the file was not kept."""

    code = "file-503"
    http_status = 503
    retry = True


class UnknownAttachment(NotFound):
    """There is no such attachment, or not for this person."""

    code = "file-404"
