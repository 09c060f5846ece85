"""People for tests."""

from suixin.ground.people.models import Organisation
from suixin.kit.checksums import organisation_check_char, uscc_check_char


def organisation(name: str = "某局", *, number: int = 1, parent: Organisation | None = None) -> Organisation:
    """A saved organisation with a made-up credit code that passes its checks."""
    body = f"{number:08}"
    s17 = f"11510900{body}{organisation_check_char(body)}".replace("X", "Y")[:17]
    return Organisation.objects.create(uscc=s17 + uscc_check_char(s17), name=name, slug=f"o{number}", parent=parent)
