"""What forms refuse."""

from collections.abc import Sequence

from suixin.kit.errors import NotFound, SuixinError


class FaultyForm(SuixinError):
    """A declaration that is no form; `fields["faults"]` names all its faults at once."""

    code = "form-500"

    def __init__(self, sentence: str, faults: Sequence[str]) -> None:
        super().__init__(sentence, faults=list(faults))
        self.faults = tuple(faults)


class UnknownForm(NotFound):
    """No form of that name is registered."""

    code = "form-404"


class UnknownDraft(NotFound):
    """There is no such draft or submission, or not for this person."""

    code = "form-404"


class FaultyAnswers(SuixinError):
    """Answers that may not be submitted; `fields["faults"]` names them."""

    code = "form-422"
    http_status = 422

    def __init__(self, sentence: str, faults: Sequence[str]) -> None:
        super().__init__(sentence, faults=list(faults))


class DraftChanged(SuixinError):
    """The draft was saved elsewhere since this page was opened; nothing was overwritten."""

    code = "form-409"
    http_status = 409
