"""The city in which two departments share, in a home of its own: `python -m tests.whole.sharing_city` makes it there.

市人社局 has the register of the insured, 市救助局 needs it; over both stands the bureau.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from suixin.site.cli import start_django

start_django()

from django.contrib.auth.hashers import make_password  # noqa: E402  models need Django set up

from suixin.data.access.tests.factories import make_resource  # noqa: E402
from suixin.data.catalog.models import Item, Resource  # noqa: E402
from suixin.data.collection import actions as collection  # noqa: E402
from suixin.data.sharing.tests import offices  # noqa: E402
from suixin.ground.people.models import Account, Organisation  # noqa: E402
from suixin.kit.actor import SYSTEM  # noqa: E402
from tests.whole.register import ITEMS, PASSWORD, TABLE, TITLE, file_of  # noqa: E402


def make() -> None:
    """Everything that was there before anybody asked."""
    city = offices.office()
    Account.objects.update(password=make_password(PASSWORD))
    for place, name in ((city.city.department, "市人社局"), (city.asker, "市救助局")):
        Organisation.objects.filter(pk=place.pk).update(name=name)
    resource: Resource = make_resource(TABLE, specs=ITEMS, write_mode="upsert", has_lookup=True)
    Resource.objects.filter(pk=resource.pk).update(provider=city.city.department, title=TITLE)
    Item.objects.filter(resource=resource, field="resident_id").update(sensitive="resident_id")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        path.write_bytes(file_of())
        [outcome] = collection.run_feed(path, actor=SYSTEM, resource=Resource.objects.get(pk=resource.pk))
    assert outcome.accepted, outcome


if __name__ == "__main__":
    make()
