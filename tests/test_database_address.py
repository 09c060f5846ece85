"""The address of the control database: what stands in it reaches the driver, nothing is dropped in silence."""

import pytest

from suixin.site.settings import database

OURS = "-c jit=off -c max_parallel_workers_per_gather=0"
ADDRESS = "postgresql://suixin:p%40ss@db.example:5433/city"


def test_every_part_of_the_address_is_used() -> None:
    entry = database(f"{ADDRESS}?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem")
    parts = [entry[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
    assert parts == ["suixin", "p@ss", "db.example", "5433", "city"]
    assert entry["OPTIONS"] == {"options": OURS, "prepare_threshold": 3, "sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"}


@pytest.mark.parametrize(("query", "options"), [("", OURS), ("?options=", ""), ("?options=-c%20work_mem%3D8MB", "-c work_mem=8MB")])
def test_options_of_ones_own_replace_ours(query: str, options: str) -> None:
    assert database(ADDRESS + query)["OPTIONS"]["options"] == options


@pytest.mark.parametrize(("query", "ready"), [("", 3), ("?prepare_threshold=none", None), ("?prepare_threshold=10", 10)])
def test_statements_are_kept_ready_unless_the_address_says_otherwise(query: str, ready: int | None) -> None:
    assert database(ADDRESS + query)["OPTIONS"]["prepare_threshold"] == ready
