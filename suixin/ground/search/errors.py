"""What searching refuses; a question itself never is refused."""

from suixin.kit.errors import SuixinError


class SearchError(SuixinError):
    """Root of the errors of this module."""

    code = "search-500"


class BadLexicon(SearchError):
    """A file of synonyms cannot be read; the sentence names file and group."""

    code = "search-5001"


class UnknownKind(SearchError):
    """No module registered documents of that kind."""

    code = "search-5002"
