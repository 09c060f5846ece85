"""`suixin bench audit`: actions with and without audit, sealing, verifying and searching, on SQLite in a home of its own.

action_audited_over_plain  transactions of one small row, with the record of it over without
seal_over_limit            sealing over its limit: raw SM3 over the same bytes plus raw inserts of the same links
verify_over_limit          verifying over its limit: raw SM3 over the same bytes plus raw reading of the same rows
"""

import shutil
from pathlib import Path

import orjson

from suixin.site.bench import processes
from suixin.site.bench.report import Report


def bench(rows: int, folder: Path) -> Report:
    """Measure on a log of `rows` records."""
    installation = folder / f"home-audit-{rows}"
    shutil.rmtree(installation, ignore_errors=True)
    installation.mkdir()
    ran = processes.run(
        processes.python("suixin.site.bench.audit_job", str(rows)), home=installation, log=folder / "audit.log"
    )
    found: dict[str, tuple[float, str]] = orjson.loads(ran.output.splitlines()[-1])
    report = Report("audit", rows, notes=["SQLite, one process; the limits do the same bytes without Suixin"])
    for name, (value, unit) in found.items():
        report.add(name, value, unit)
    value_of = {name: value for name, (value, _) in found.items()}
    report.ratio("action_audited_over_plain", value_of["plain_actions"] / value_of["audited_actions"])
    report.ratio("seal_over_limit", value_of["seal"] / (value_of["raw_sm3"] + value_of["raw_inserts"]))
    report.ratio("verify_over_limit", value_of["verify"] / (value_of["raw_sm3"] + value_of["raw_reads"]))
    return report
