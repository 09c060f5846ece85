"""Whatever the contract, the rows that it generates are rows that it accepts. Here, because quality stands above the catalogue."""

import csv
import io

from hypothesis import HealthCheck, given, settings

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.generators import sample_files, sample_rows
from suixin.data.catalog.generators.tests.contracts import EVERYTHING, contracts
from suixin.data.quality.tests.factories import judged, table


def judged_rows(contract: Contract, count: int) -> tuple[int, int, list[str]]:
    """Made, accepted, and why not."""
    made = sample_rows.rows(contract, count)
    columns = {item.field: [sample_rows.text_of(row[item.field]) or None for row in made] for item in contract.items}
    rows, rejects, _ = judged(contract, table({name: [cell or "" for cell in cells] for name, cells in columns.items()}))
    return len(made), len(rows), [reason.sentence for reject in rejects for reason in reject.reasons]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contracts())
def test_every_generated_row_is_accepted(contract: Contract) -> None:
    made, accepted, why = judged_rows(contract, 12)
    assert (made, why) == (accepted, [])
    assert made > 0


def test_rules_across_items_are_met_too() -> None:
    assert judged_rows(EVERYTHING, 300) == (300, 300, [])


def test_the_same_seed_gives_the_same_rows() -> None:
    one, same, other = (sample_rows.rows(EVERYTHING, 20, seed=seed) for seed in (1, 1, 2))
    assert one == same != other


def test_a_csv_of_samples_is_read_as_it_was_written() -> None:
    text = sample_files.csv_of(EVERYTHING, 50).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0][1] == "name"  # a name that begins like a formula is no heading
    rows, rejects, _ = judged(EVERYTHING, table(dict(zip(lines[0], map(list, zip(*lines[1:], strict=True)), strict=True))))
    assert (len(rows), rejects) == (50, [])
