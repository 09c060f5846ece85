"""The root of every error: a code, an HTTP status, and a sentence for the person who can act."""

from typing import ClassVar


class SuixinError(Exception):
    """Something that a person can act on. `sentence` says what, where, and what to do.

    Subclasses set `code` (stable, part of the interface), `http_status` and `retry`
    (true when the same call may succeed later). `fields` carry machine-readable detail.
    """

    code: ClassVar[str] = "suixin-500"
    http_status: ClassVar[int] = 500
    retry: ClassVar[bool] = False

    def __init__(self, sentence: str, **fields: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = fields


class NotAllowed(SuixinError):
    """The actor holds no right for this verb on this object."""

    code = "api-403"
    http_status = 403


class NotFound(SuixinError):
    """What was asked for does not exist, or is not visible to the asker."""

    code = "res-404"
    http_status = 404


class BadRequest(SuixinError):
    """The request itself is wrong; the sentence names the parameter and the remedy."""

    code = "api-400"
    http_status = 400
