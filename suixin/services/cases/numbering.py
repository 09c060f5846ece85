"""Numbers of cases and papers: one counter for each prefix, raised in the transaction that uses the number."""

from django.db.models import F

from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.services.cases import rules
from suixin.services.cases.models import Counter

JOINT = "YJS"  # 一件事
WORDS = {
    "receipt": "收", "acceptance": "受", "supplement": "补", "refusal": "不受", "special": "特", "grant": "准", "denial": "不准",
    "delivery": "送", "fee": "费", "payment": "缴", "refund": "退",
}


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
    Counter.objects.get_or_create(prefix=prefix)
    Counter.objects.filter(prefix=prefix).update(last=F("last") + 1)  # holds the row until the transaction is over
    return Counter.objects.values_list("last", flat=True).get(prefix=prefix)
