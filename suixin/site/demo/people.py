"""Who acts in the demo: the city's organisations, one account per role, one department's application."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from suixin.cities.specs import City
from suixin.ground.people import actions as people
from suixin.ground.people.applications import NewKey, create_application, make_key
from suixin.ground.people.models import Account, Application, KeyKind, Organisation
from suixin.ground.people.queries import actor_of
from suixin.ground.people.residents import simulated
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.sm import private_to_pem, public_to_pem, sm2_keypair
from suixin.site.config import SETTINGS_FILE

OFFICER = "officer"
EASED = (
    "# 演示环境:账号只凭密码登录,不强制二次验证;缴费是模拟的,不收钱;居民登录是模拟的。正式环境请删除下面三行。\n"
    "# A demonstration: accounts sign in with a password alone, payments and residents are simulated. Remove the next three lines anywhere"
    " else.\n"
    "SUIXIN_SECOND_FACTOR=optional\n"
    "SUIXIN_SIMULATED_PAYMENT=1\n"
    "SUIXIN_SIMULATED_IDENTITY=1\n"
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

DUTIES = {"reception": "政务大厅窗口收件", "head": "审批办件", "clerk": "受理、审查办件", "supervision": "督查办件、亮牌"}  # of services


def load_people(city: City, password: str) -> None:
    """Organisations and accounts of the demo, those that are there already brought to this password only if it differs."""
    ease_sign_in()
    known = set(Organisation.objects.values_list("uscc", "is_bureau", "public_name"))
    if not {(one.uscc, one.is_bureau, one.public_name) for one in city.organisations} <= known:
        people.load_organisations(city.organisations_path)
    employ(CAST, password, bureau=city.bureau)


def employ(persons: Sequence[Person], password: str, *, bureau: str = "") -> int:
    """How many accounts were made or brought to this password; those that have it already stay as they are.

    One look and one hash are enough: the demo gives all of them the same password, and hashing is slow on purpose.
    """
    existing = {one.username: one for one in Account.objects.filter(username__in=[one.username for one in persons])}
    first = next((existing[one.username] for one in persons if one.username in existing), None)
    is_right = first is not None and check_password(password, first.password)
    hashed = first.password if first is not None and is_right else make_password(password)
    places = {one.slug: one for one in Organisation.objects.filter(slug__in={one.organisation or bureau for one in persons})}
    wanted = [one for one in persons if not is_right or one.username not in existing]
    for person in wanted:
        people.create_account(
            person.username, password, display_name=person.display_name, organisation=places[person.organisation or bureau],
            roles=(person.role,), may_be_weak=True, hashed=hashed,  # SUIXIN_DEMO_PASSWORD is the demonstrator's own choice
        )
    return len(wanted)


def ease_sign_in() -> None:
    """Let the cast sign in with the password alone: written where it is seen, and only into a home without other accounts."""
    path = Path(settings.SUIXIN.home) / SETTINGS_FILE
    others = Account.objects.exclude(username__in=[person.username for person in CAST])
    if not path.exists() and not others.exists():
        path.write_text(EASED, "utf-8")


def may_residents_sign_in() -> bool:
    """Whether made-up residents may, by the settings of this process or those written for the next."""
    path = Path(settings.SUIXIN.home) / SETTINGS_FILE
    return settings.SUIXIN.simulated_identity or (path.exists() and "\nSUIXIN_SIMULATED_IDENTITY=1\n" in path.read_text("utf-8"))


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
    return simulated.password()
