"""People for tests."""

from dataclasses import dataclass

from suixin.ground.people.models import Organisation
from suixin.kit.checksums import organisation_check_char, uscc_check_char


def organisation(name: str = "某局", *, number: int = 1, parent: Organisation | None = None) -> Organisation:
    """A saved organisation with a made-up credit code that passes its checks."""
    body = f"{number:08}"
    s17 = f"11510900{body}{organisation_check_char(body)}".replace("X", "Y")[:17]
    return Organisation.objects.create(uscc=s17 + uscc_check_char(s17), name=name, slug=f"o{number}", parent=parent)


@dataclass(frozen=True)
class Tree:
    """A city with its bureau and a department, and a district with a sub-bureau and a department."""

    government: Organisation
    bureau: Organisation
    department: Organisation
    district: Organisation
    district_bureau: Organisation
    district_department: Organisation


def tree() -> Tree:
    """The organisations of a small city, saved."""
    city = organisation("市政府", number=1)
    district = organisation("区政府", number=4, parent=city)
    bureaus = organisation("市数据局", number=2, parent=city), organisation("区数据局", number=5, parent=district)
    Organisation.objects.filter(pk__in=[one.pk for one in bureaus]).update(is_bureau=True)
    for one in bureaus:
        one.refresh_from_db()
    departments = organisation("市民政局", number=3, parent=city), organisation("区民政局", number=6, parent=district)
    return Tree(city, bureaus[0], departments[0], district, bureaus[1], departments[1])
