"""Who acts in the demo: the city's organisations, one account per role, one department's application."""

import secrets
from dataclasses import dataclass

from django.conf import settings

from suixin.cities.specs import City
from suixin.ground.people import actions as people
from suixin.ground.people.models import Account, Application, Organisation
from suixin.ground.people.queries import actor_of
from suixin.kit.actor import Actor
from suixin.kit.kept import kept

OFFICER = "officer"
APP_ID = "demo-civil-affairs"


@dataclass(frozen=True, slots=True)
class Person:
    """An account to make: name to sign in with, name shown, organisation's slug ("" = the bureau), role."""

    username: str
    display_name: str
    organisation: str
    role: str


CAST = (
    Person(OFFICER, "数据管理员", "", "data_officer"),
    Person("sharing", "共享负责人", "", "head_of_sharing"),
    Person("clerk", "人社局经办人", "human-resources", "clerk"),
    Person("outsider", "民政局经办人", "civil-affairs", "clerk"),
    Person("mayor", "市领导", "city-government", "leader"),
    Person("auditor", "审计员", "audit", "auditor"),
    Person("operator", "运维人员", "", "operator"),
)


def load_people(city: City, password: str) -> None:
    """Organisations and accounts of the demo, those that are there already brought to this password only if it differs."""
    if set(Organisation.objects.values_list("uscc", flat=True)) < {one.uscc for one in city.organisations}:
        people.load_organisations(city.organisations_path)
    first = Account.objects.filter(username=OFFICER).first()
    # one look is enough: the demo gives all of them the same password, and hashing is slow on purpose
    existing = set(Account.objects.values_list("username", flat=True)) if first and first.check_password(password) else set()
    for person in CAST:
        if person.username not in existing:
            organisation = Organisation.objects.get(slug=person.organisation or city.bureau)
            people.create_account(
                person.username, password, display_name=person.display_name, organisation=organisation, roles=(person.role,),
                may_be_weak=True,  # SUIXIN_DEMO_PASSWORD is the demonstrator's own choice
            )


def officer() -> Actor:
    """The bureau's data officer, who runs the demo's main job."""
    return actor_of(Account.objects.get(username=OFFICER))


def demo_application() -> Application:
    """The application of the department that the demo lends data to."""
    existing = Application.objects.filter(app_id=APP_ID).first()
    if existing is not None:
        return existing
    organisation = Organisation.objects.get(slug="civil-affairs")
    return people.create_application(organisation, "社会救助核验", app_id=APP_ID)[0]


def password() -> str:
    """The accounts' password: SUIXIN_DEMO_PASSWORD, else one generated once and kept with the keys (0600)."""
    if settings.SUIXIN.demo_password:
        return str(settings.SUIXIN.demo_password)
    return kept(settings.SUIXIN.keys / "demo-password", lambda: secrets.token_urlsafe(9))
