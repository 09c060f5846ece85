"""Receipts that rows bear when they go to a peer under a grant that demands them.

Borne     over the part as the letter tells it, in the letter, under the peer's signature of the whole; kept by the source too
Looked at when the part lands: one that does not hold holds the flow
Checked   off line: the letter is the original of its batch at the receiver, `suixin receipt verify LETTER --fingerprint HEX`
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any  # contents are JSON
from uuid import UUID

from suixin.data.access import receipt_checks as checks
from suixin.data.access.plans import Plan
from suixin.data.doors import receipts
from suixin.data.sharing.cascade.errors import WrongLink


@contextmanager
def borne(plan: Plan, content: dict[str, Any], *, flow: UUID, rows: int) -> Iterator[dict[str, Any]]:
    """The content of a letter of rows with its receipt in it, when the grant demands one."""
    if not plan.is_receipted:
        yield content
        return
    with receipts.of_part(plan, checks.body_of(content), name=flow, number=int(content["number"]), rows=rows) as receipt:
        yield content | {checks.RECEIPT: receipt.decode()}


def require_good(content: Mapping[str, Any], *, title: str, number: int) -> None:
    """Nothing when the part bears no receipt, or one of exactly this part. Raises WrongLink.

    Whose key signed it is not asked here: the peer signed the letter that holds it.
    """
    receipt = content.get(checks.RECEIPT)
    if receipt is None:
        return
    verdict = checks.verify_answer(str(receipt).encode(), trusted=(), body=checks.body_of(content))
    faults = [one.sentence for one in verdict.faults if one.what != "signer"]
    if not faults and verdict.statement.get("rows") != len(content["rows"]) + len(content["gone"]):
        faults = ["行数与回执不符。"]
    if faults:
        raise WrongLink(f"“{title}”第 {number} 块的回执核验不通过：{faults[0]}请与对端核对这一块。")
