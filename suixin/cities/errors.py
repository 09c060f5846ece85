"""What can be wrong with the folder of a city."""

from suixin.kit.errors import NotFound, SuixinError


class BadCityFile(SuixinError):
    """A file of a city says something that the base does not understand; the sentence names file and key."""

    code = "city-422"
    http_status = 422


class UnknownCity(NotFound):
    """There is no folder of that city."""

    code = "city-404"
