"""The register that is shared: its items, and lines of it as its department has them in a file."""

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.ground.people.residents import simulated

TABLE, TITLE = "insured_people", "参保人员名册"
PASSWORD = "demo-password-510900"  # of everybody who signs in
RESIDENT = "ouyang"
ITEMS = (
    ItemSpec("resident_id", "身份证号", ItemType.TEXT, length=18, is_key=True, nullable=False),
    ItemSpec("name", "姓名", ItemType.TEXT, length=50),
    ItemSpec("kind", "参保险种", ItemType.TEXT, length=50),
    ItemSpec("months", "缴费月数", ItemType.INTEGER),
    ItemSpec("phone", "联系电话", ItemType.TEXT, length=20),
)
ASKED = ("身份证号", "姓名", "参保险种", "缴费月数")
CONDITION = "参保险种 = '养老保险'"


def number_of(account: str) -> str:
    """The resident ID of a made-up person."""
    return next(one.identity.id_number for one in simulated.declared() if one.account == account)


def months_of(account: str) -> int:
    """How many months the register says of that person: twelve for each line."""
    return 12 * (1 + [one.account for one in simulated.declared()].index(account))


def file_of(**months: int) -> bytes:
    """The register as a file: everybody, or those who are named with that many months."""
    lines = [",".join(one.name for one in ITEMS)]
    for number, one in enumerate(simulated.declared()):
        if not months or one.account in months:
            kind, paid = "养老保险" if number else "失业保险", months.get(one.account, months_of(one.account))
            lines.append(f"{one.identity.id_number},{one.identity.name},{kind},{paid},{one.identity.mobile}")
    return "\n".join([*lines, ""]).encode()
