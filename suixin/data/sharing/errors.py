"""What can forbid sharing."""

from suixin.kit.errors import SuixinError


class MayNotShare(SuixinError):
    """The law or the entry forbids this share; the sentence names the ground."""

    code = "share-409"
    http_status = 409
