"""Requests for sharing and their board: who asked for what, who decided, how much was used; never a row."""

from tests.proof.registry import named, no_rows

no_rows(
    "requests, their parts, shares and disputes: names of items, terms, decisions and words of people, no data",
    *named("api", "ask_for_data list_share_parts list_shares record_use suspend_share resume_share terminate_share"),
    *named("page", (
        "console-sharing console-sharing-dispute console-sharing-part console-sharing-pick console-sharing-request console-sharing-share"
        " console-sharing-supply console-sharing-violations"
    )),
)
no_rows("counts of calls and rows by department, no data", *named("page", (
    "console-sharing-board console-sharing-throughput console-sharing-traffic"
)))
