"""Numbers of cases and papers: one counter for each prefix, raised in the transaction that uses the number."""

from suixin.ground import prepared
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.services.cases import rules

JOINT = "YJS"  # 一件事
WORDS = {
    "receipt": "收", "acceptance": "受", "supplement": "补", "refusal": "不受", "special": "特", "grant": "准", "denial": "不准",
    "delivery": "送", "fee": "费", "payment": "缴", "refund": "退",
}

_RAISE = """
    INSERT INTO cases_counter AS c (prefix, last) VALUES (%s, 1) ON CONFLICT (prefix) DO UPDATE SET last = c.last + 1 RETURNING last
"""  # holds the row until the transaction is over


def next_case_number(organisation: Organisation) -> str:
    """The number of a department's next case today."""
    division = organisation.division_code or (organisation.parent.division_code if organisation.parent else "")
    prefix = rules.prefix_of(division, organisation.uscc, clock.today())
    return rules.number_of_case(prefix, _next(prefix))


def next_joint_number(organisation: Organisation) -> str:
    """The number under which several cases were handed in at once, led by that department."""
    division = organisation.division_code or (organisation.parent.division_code if organisation.parent else "")
    prefix = f"{JOINT}{rules.prefix_of(division, organisation.uscc, clock.today())}"
    return rules.number_of_case(prefix, _next(prefix))


def next_document_number(organisation: Organisation, kind: str) -> str:
    """The number of a department's next paper of that kind this year."""
    year = clock.today().year
    count = _next(f"{organisation.uscc}:{kind}:{year}")
    return rules.number_of_document(str(organisation), WORDS[kind], year=year, count=count)


def _next(prefix: str) -> int:
    return int(prepared.run(_RAISE, [prefix])[0][0])
