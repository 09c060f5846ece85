"""Who acts in the demo: the city's organisations, one account per role, one department's application."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from suixin.cities.specs import City
from suixin.ground.people import actions as people
from suixin.ground.people.applications import NewKey, create_application, make_key
from suixin.ground.people.models import Account, Application, KeyKind, Organisation
from suixin.ground.people.queries import actor_of
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.kept import kept
from suixin.kit.sm import private_to_pem, public_to_pem, sm2_keypair
from suixin.site.config import SETTINGS_FILE

OFFICER = "officer"
EASED = (
    "# 演示环境:账号只凭密码登录,不强制二次验证;缴费是模拟的,不收钱。正式环境请删除下面两行。\n"
    "# A demonstration: accounts sign in with a password alone, payments are simulated. Remove the next two lines anywhere else.\n"
    "SUIXIN_SECOND_FACTOR=optional\n"
    "SUIXIN_SIMULATED_PAYMENT=1\n"
)
APP_ID = "demo-civil-affairs"


@dataclass(frozen=True, slots=True)
class Person:
    """An account to make: name to sign in with, name shown, organisation's slug ("" = the bureau), role."""

    username: str
    display_name: str
    organisation: str
    role: str


CAST = (
    Person(OFFICER, "数据专员", "", "data_officer"),
    Person("reception", "受理人员", "", "reception"),
    Person("review", "审核人员", "", "review"),
    Person("coordination", "协调人员", "", "coordination"),
    Person("supervision", "监督人员", "", "supervision"),
    Person("sharing", "人社局共享工作负责人", "human-resources", "head_of_sharing"),
    Person("head", "人社局负责人", "human-resources", "department_head"),
    Person("clerk", "人社局经办人", "human-resources", "clerk"),
    Person("outsider", "民政局经办人", "civil-affairs", "clerk"),
    Person("civil-sharing", "民政局共享工作负责人", "civil-affairs", "head_of_sharing"),
    Person("mayor", "市领导", "city-government", "leader"),
    Person("administrator", "系统管理员", "", "administrator"),
    Person("security", "安全管理员", "", "security_officer"),
    Person("auditor", "审计员", "audit", "auditor"),
    Person("operator", "运维人员", "", "operator"),
    Person("district", "船山区数据专员", "chuanshan-data-bureau", "data_officer"),
    Person("district-admin", "船山区系统管理员", "chuanshan-data-bureau", "administrator"),
)


def load_people(city: City, password: str) -> None:
    """Organisations and accounts of the demo, those that are there already brought to this password only if it differs."""
    ease_sign_in()
    known = set(Organisation.objects.values_list("uscc", "is_bureau", "public_name"))
    if not {(one.uscc, one.is_bureau, one.public_name) for one in city.organisations} <= known:
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


def ease_sign_in() -> None:
    """Let the cast sign in with the password alone: written where it is seen, and only into a home without other accounts."""
    path = Path(settings.SUIXIN.home) / SETTINGS_FILE
    others = Account.objects.exclude(username__in=[person.username for person in CAST])
    if not path.exists() and not others.exists():
        path.write_text(EASED, "utf-8")


def officer() -> Actor:
    """The bureau's data officer, who runs the demo's main job."""
    return actor_of(Account.objects.get(username=OFFICER))


def demo_application() -> Application:
    """The application of the department that the demo lends data to."""
    existing = Application.objects.filter(app_id=APP_ID).first()
    if existing is not None:
        return existing
    organisation = Organisation.objects.get(slug="civil-affairs")
    return create_application(organisation, "社会救助核验", app_id=APP_ID)[0]


def demo_key(application: Application) -> Path:
    """The file (0600) with the private SM2 key by which the application signs and enciphers; made once, its public half registered."""
    path: Path = settings.SUIXIN.home / "demo" / f"{APP_ID}.pem"
    if not path.exists():
        pair = sm2_keypair()
        make_key(application, NewKey(KeyKind.SM2, public_to_pem(pair.public)), actor=SYSTEM, reason="演示加密调用")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(private_to_pem(pair.private), "ascii")
    return path


def password() -> str:
    """The accounts' password: SUIXIN_DEMO_PASSWORD, else one generated once and kept with the keys (0600)."""
    if settings.SUIXIN.demo_password:
        return str(settings.SUIXIN.demo_password)
    return kept(settings.SUIXIN.keys / "demo-password", lambda: secrets.token_urlsafe(9))
