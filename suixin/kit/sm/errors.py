"""What can go wrong with seals and keys."""

from suixin.kit.errors import BadRequest, SuixinError


class BrokenSeal(SuixinError):
    """A sealed value was changed, or sealed with another key or for another purpose."""

    code = "seal-500"
    http_status = 500


class BadKey(BadRequest):
    """What was given as an SM2 key, signature or ciphertext has not the form of one."""

    code = "key-400"
