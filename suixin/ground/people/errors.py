"""What can go wrong with people and organisations."""

from suixin.kit.errors import BadRequest


class BadOrganisationFile(BadRequest):
    """A list of organisations breaks a rule; the sentence names the entry."""

    code = "people-400"
