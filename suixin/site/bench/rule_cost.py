"""`suixin bench rules`: a CSV judged by 8 and by 20 rules of a row, beside the bare reading of the same file.

twenty_over_eight   processor time of judging by 20 rules over that by 8 (goal 1.6), the same scan, everything typed in both
eight_over_reading  what typing and eight rules cost over reading the file
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from suixin.data.catalog.contract import Contract, Rule
from suixin.data.collection import readers
from suixin.data.quality.check import check_batch
from suixin.site.bench import material
from suixin.site.bench.report import Report

ROUNDS = 3
MORE = (
    Rule("R9", "staff IS NOT NULL", "从业人数应当填写", "completeness", "mark"),
    Rule("R10", "founded <= __today", "成立日期在将来", "timeliness"),
    Rule("R11", "matches(record_no, '[0-9]{12}')", "登记编号应为 12 位数字", "conformity"),
    Rule("R12", "matches(credit_code, '91[0-9]{6}MA[0-9A-Z]{8}')", "主体标识不合格式", "conformity"),
    Rule("R13", "division IN ('510903', '510904', '510921', '510923', '510981')", "区县不在表里"),
    Rule("R14", "whole(industry) BETWEEN 0 AND 9999", "行业代码应为数字"),
    Rule("R15", "name LIKE '遂宁市%'", "名称应以市名开头", "accuracy", "mark"),
    Rule("R16", "length(name) BETWEEN 4 AND 60", "名称长度不合常理", "conformity"),
    Rule("R17", "changed_at >= TIMESTAMP '2019-01-01 00:00:00'", "更新时间过早", "timeliness"),
    Rule("R18", "substr(credit_code, 3, 4) = '5109'", "登记机关应在本市", "accuracy", "mark"),
    Rule("R19", "staff = 0 OR capital / staff < 100000000", "人均资本不合常理", "consistency"),
    Rule("R20", "NOT (staff > 2000) OR capital IS NOT NULL", "大企业应有注册资本", "completeness"),
)


def bench(rows: int, folder: Path) -> Report:
    """Measure by turns, so that a busy machine touches all alike; the best of each counts."""
    source = folder / f"bench_{rows}.csv"
    material.write_csv(source, rows)
    eight, twenty = material.CONTRACT, replace(material.CONTRACT, rules=(*material.RULES, *MORE))
    runs: dict[str, Callable[[], int]] = {
        "reading": lambda: _read(source), "no_rule": lambda: _judged(source, replace(eight, rules=())),
        "eight": lambda: _judged(source, eight), "twenty": lambda: _judged(source, twenty),
    }
    wall: dict[str, float] = {}
    processor: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            before, cpu = time.perf_counter(), time.process_time()
            found = run()
            assert found == rows, (name, found)  # noqa: S101  # a bench of other work is none
            wall[name] = min(wall.get(name, 1e9), time.perf_counter() - before)
            processor[name] = min(processor.get(name, 1e9), time.process_time() - cpu)
    report = Report("rules", rows)
    for name in runs:
        report.add(f"{name}_seconds", wall[name], "s")
        report.add(f"{name}_cpu_seconds", processor[name], "s")
    report.ratio("twenty_over_eight", processor["twenty"] / processor["eight"])
    report.ratio("twenty_over_eight_wall", wall["twenty"] / wall["eight"])
    report.ratio("eight_over_reading", processor["eight"] / processor["reading"])
    report.notes.append(f"best of {ROUNDS} rounds; reading: the CSV as text by our reader, nothing judged")
    return report


def _read(source: Path) -> int:
    with readers.open_file(source) as opened:
        return sum(batch.data.num_rows for batch in opened.tables[0].batches())


def _judged(source: Path, contract: Contract) -> int:
    taken = 0

    def take(batch: pa.RecordBatch) -> None:
        nonlocal taken
        taken += batch.num_rows

    with readers.open_file(source) as opened:
        verdict = check_batch(contract, opened.tables[0], on_accepted=take, on_rejected=lambda _: None)
    assert verdict.accepted == taken  # noqa: S101  # as above
    return verdict.rows_in
