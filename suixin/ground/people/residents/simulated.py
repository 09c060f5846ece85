"""Made-up residents who sign in here without a provider: for demonstrations, where the setting `simulated_identity` asks for it.

People    `identity/simulated.yaml` of the city (or of the folder SUIXIN_IDENTITY); none without the file
Password  one for all, that of the demonstration's accounts: SUIXIN_DEMO_PASSWORD, else the one kept in keys/demo-password
Nobody    numbers of persons are such as no office gives out (000 of the day); a firm that is not made up nobody made up stands for
Promise   an address that tries too often waits, as at any sign-in; the session is one like any other, its provider `simulated`
Errors    BadIdentityFile, BadAgency, IdentityNotProven, TooManySignIns
"""

import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

import yaml
from django.conf import settings
from django.db import transaction

from suixin.ground.people.residents import signin
from suixin.ground.people.residents.admission import admitted
from suixin.ground.people.residents.errors import BadIdentityFile, IdentityNotProven
from suixin.ground.people.residents.models import Resident
from suixin.ground.people.residents.oidc.declared import folder_of_providers
from suixin.ground.people.residents.queries import SIMULATED
from suixin.ground.people.residents.rules import MADE_UP, FirmClaim, Identity, TrustLevel
from suixin.ground.people.residents.signin import SignedIn
from suixin.kit.checksums import has_resident_check_char
from suixin.kit.kept import kept

NAME = SIMULATED
NOBODY = "000"  # numbers of a day are given out from 001 on
_KEYS, _FIRM = {"account", "name", "id_number", "mobile", "level", "firm"}, {"uscc", "name", "is_legal_representative"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up: the name to sign in with, and who that is."""

    account: str
    identity: Identity

    @property
    def title(self) -> str:
        """Name, and as what it stands for a firm."""
        if not self.identity.firms:
            return self.identity.name
        firm = self.identity.firms[0]
        return f"{self.identity.name}（{firm.name}{'法定代表人' if firm.is_legal_representative else '经办人'}）"


def people() -> list[Person]:
    """Who may sign in here; nobody while the setting is off. Raises BadIdentityFile."""
    return declared() if settings.SUIXIN.simulated_identity else []


def declared() -> list[Person]:
    """The made-up people of the city, whether they may sign in or not. Raises BadIdentityFile."""
    path = folder_of_providers() / f"{NAME}.yaml"
    if not path.is_file():
        return []
    listed = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(listed, list):
        raise BadIdentityFile(f"{path.name} 应当是一个列表,每行一个模拟的人。")
    return [_person(row, f"{path.name} 第 {number} 行") for number, row in enumerate(listed, 1)]


def resident_of(person: Person) -> Resident:
    """The resident that this person is, known from now on."""
    with transaction.atomic():
        return admitted(person.identity)


def password() -> str:
    """The password of all of them, made once when nobody chose one."""
    chosen: str = settings.SUIXIN.demo_password
    return chosen or kept(Path(settings.SUIXIN.keys) / "demo-password", lambda: secrets.token_urlsafe(9))


def sign_in(account: str, typed: str) -> SignedIn:
    """The session of that person. Raises TooManySignIns, IdentityNotProven, BadAgency, ResidentSuspended."""
    known = people()
    if known:
        signin.note_attempt(NAME)
    person = next((one for one in known if one.account == account), None)
    if person is None or not hmac.compare_digest(typed.encode(), password().encode()):
        raise IdentityNotProven("模拟登录的账号或密码不对,没有登录;账号和密码由 bin/demo 打印,请对照后重新登录。")
    with transaction.atomic():
        session, token = signin.opened(admitted(person.identity), NAME, person.identity)
    return SignedIn(session, token, "")


def _person(row: object, place: str) -> Person:
    if not isinstance(row, dict) or not {"account", "name", "id_number"} <= row.keys() <= _KEYS:
        raise BadIdentityFile(f"{place}应写明 account、name、id_number,另可写 mobile、level、firm。")
    number, level, firm = str(row["id_number"]), row.get("level", 3), row.get("firm")
    if not has_resident_check_char(number) or level not in tuple(TrustLevel):
        raise BadIdentityFile(f"{place}的身份证号校验码不对,或 level 不是 1 到 4。")
    if number[14:17] != NOBODY:
        raise BadIdentityFile(f"{place}的身份证号可能是真人的:顺序码(第 15 至 17 位)应为 {NOBODY},公安机关从 001 编起。")
    if firm is not None and not (isinstance(firm, dict) and firm.keys() == _FIRM):
        raise BadIdentityFile(f"{place}的 firm 应写明 uscc、name、is_legal_representative。")
    firms = () if firm is None else (FirmClaim(str(firm["uscc"]), str(firm["name"]), firm["is_legal_representative"] is True),)
    account = str(row["account"])
    return Person(account, Identity(MADE_UP, account, str(row["name"]), number, str(row.get("mobile", "")), TrustLevel(level), firms))
