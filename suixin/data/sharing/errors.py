"""What can forbid sharing."""

from suixin.kit.errors import SuixinError


class MayNotShare(SuixinError):
    """The law or the entry forbids this share; the sentence names the ground."""

    code = "share-409"
    http_status = 409


class IncompleteRequest(SuixinError):
    """A request does not state what it must; the sentence names every part and what is missing."""

    code = "share-422"
    http_status = 422


class WrongStanding(SuixinError):
    """The request, share, disposal or dispute does not stand where this is possible."""

    code = "share-4091"
    http_status = 409
