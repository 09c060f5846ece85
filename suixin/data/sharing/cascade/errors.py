"""What goes wrong between two platforms; every sentence says at which end somebody can act."""

from suixin.kit.errors import BadRequest, SuixinError


class WrongLink(BadRequest):
    """A link, an introduction or an agreement cannot be made or moved like that."""

    code = "cascade-400"


class LetterRefused(BadRequest):
    """What came is no letter of that peer: form, addressee or signature."""

    code = "cascade-401"


class PeerRefused(BadRequest):
    """A platform of the national style refused one thing for good; `their_code` is its code."""

    code = "cascade-422"
    http_status = 422

    def __init__(self, sentence: str, *, their_code: str) -> None:
        super().__init__(sentence)
        self.their_code = their_code


class LetterDiffers(SuixinError):
    """A number that came before comes with other content: one end was put back to an earlier state."""

    code = "cascade-409"
    http_status = 409


class PeerFault(SuixinError):
    """The peer cannot be reached, or answers what it should not; letters wait."""

    code = "cascade-502"
    http_status = 502
    retry = True
