"""The law of sharing, as far as this release carries it.

Source  国务院令第809号 art. 14, 15, 20 (standards/data.md 2.3)
"""

from collections.abc import Sequence
from datetime import datetime

from suixin.data.catalog.contract import Contract


def faults_of(
    contract: Contract,
    *,
    share_type: str,
    columns: Sequence[str],
    purpose: str,
    basis: str,
    until: datetime,
    now: datetime,
    is_own_application: bool = True,
) -> list[str]:
    """Sentences on what forbids the grant; empty when it may be given."""
    faults = []
    if share_type == "withheld":
        faults.append("该资源属于不予共享")
    unknown = [name for name in columns if contract.item(name) is None]
    if unknown:
        faults.append("没有这些信息项:" + "、".join(unknown))
    if not columns:
        faults.append("至少要申请一个信息项")
    if not purpose.strip():
        faults.append("应写明使用场景")
    if not basis.strip():
        faults.append("应写明使用依据")
    if not is_own_application:
        faults.append("调用应用不属于需求部门")
    if until <= now:
        faults.append(f"使用时限 {until:%Y-%m-%d} 已过")
    return faults
