"""The date that a file carries in its name: exactly one full date, or none."""

import datetime as dt
import re

DATE_ITEM = "数据日期"
_DATE = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?:(?P<s>[-_./]?)(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>[0-2]\d|3[01])(?!\d)"
    r"|年(?P<zm>\d{1,2})月(?P<zd>\d{1,2})日)"
)


def date_constants(name: str) -> dict[str, str]:
    """{"数据日期": "2019-02-01"} when the name holds exactly one full date, else {}."""
    found = []
    for match in _DATE.finditer(name):
        try:
            month, day = match["m"] or match["zm"], match["d"] or match["zd"]
            found.append(dt.date(int(match["y"]), int(month), int(day)))
        except ValueError:
            continue
    return {DATE_ITEM: found[0].isoformat()} if len(found) == 1 else {}
