"""Pytest plugin of the whole suite: a home of its own per process, and no test silently absent.

Loaded with `-p` before Django's settings are read, so that no test ever sees the developer's state.
Real files (`real_data`) may be absent, then the summary says how many tests were; a browser (`browser`) may not.
SUIXIN_TEST_ONLY=database leaves out the tests that touch no control database, for the pass over a second one, and those
that look at the same pages whatever database answers (`any_database`). A database server of the tests' own need not survive a
power cut: it answers commits before they are on disk.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from suixin.site import testing_runs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KEPT = {
    "SUIXIN_DATA", "SUIXIN_DATABASE_URL", "SUIXIN_TEST_POSTGRES", "SUIXIN_CHROMIUM", "SUIXIN_TEST_PROCESSES", "SUIXIN_TEST_ONLY",
    "SUIXIN_KILLS", "SUIXIN_SEED",  # how often and when the crash tests kill
}
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}

for _name in [name for name in os.environ if name.startswith("SUIXIN_") and name not in KEPT]:
    del os.environ[_name]

def _without_waiting(address: str) -> str:
    """The address of a database whose commits need not be on disk; what it says itself about options stays."""
    if not address.startswith("postgres") or "options=" in address:
        return address
    return address + ("&" if "?" in address else "?") + "options=" + quote("-c jit=off -c synchronous_commit=off")


# where no compiled modules are kept, each of the hundreds of processes that tests start would compile everything anew
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(tempfile.gettempdir()) / f"suixin-bytecode-{os.getuid()}"))
if "SUIXIN_DATABASE_URL" in os.environ:
    os.environ["SUIXIN_DATABASE_URL"] = _without_waiting(os.environ["SUIXIN_DATABASE_URL"])
_home = Path(tempfile.mkdtemp(prefix="suixin-test-"))
os.environ["SUIXIN_HOME"] = str(_home)


@pytest.fixture(scope="session", autouse=True)
def _quick_database() -> None:
    """Migrations run once; after a test that commits, only what it left is removed."""
    from django.test import TransactionTestCase

    from suixin.site.testing_database import copy_what_was_migrated, empty

    def remove(case: TransactionTestCase) -> None:
        for alias in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]  # django-stubs leaves it out
            empty(alias)

    copy_what_was_migrated()
    TransactionTestCase._fixture_teardown = remove  # type: ignore[attr-defined]  # likewise


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    """Passwords are hashed by the hasher of the settings, at the least that it may cost: those of tests protect nobody."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    for name, least in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
        setattr(Argon2PasswordHasher, name, least)


def pytest_unconfigure() -> None:
    """Remove the home of this process."""
    shutil.rmtree(_home, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Real files that are not there are a named absence; so are tests without a database when only those are wanted."""
    if os.environ.get("SUIXIN_TEST_ONLY") == "database":
        left_out = [item for item in items if not _wants_second_database(item)]
        items[:] = [item for item in items if _wants_second_database(item)]
        config.hook.pytest_deselected(items=left_out)
    if testing_runs.is_shared():
        testing_runs.longest_first(items, touches_database=_touches_database)
    _name_absent_files(items)
    _forget_standards()


def pytest_collection_finish() -> None:
    """What stays until the end, thousands of tests and all modules, is not looked through again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What the process remembers of standards, of forms by their row and of procedures belongs to a test's database, and ends with it."""
    from suixin.ground.flow import procedures
    from suixin.ground.forms import registry

    _forget_standards()
    registry.forget()
    procedures.forget()


def _forget_standards() -> None:
    from suixin.ground.standards import held

    held.forget()


def _wants_second_database(item: pytest.Item) -> bool:
    return _touches_database(item) and item.get_closest_marker("any_database") is None


def _touches_database(item: pytest.Item) -> bool:
    """Whether pytest-django gives the test a database; it refuses one to all others."""
    return item.get_closest_marker("django_db") is not None or bool(DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))


def _name_absent_files(items: list[pytest.Item]) -> None:
    from suixin.site.config import config

    if config.data.is_dir():
        return
    absent = pytest.mark.skip(reason=f"no real files at {config.data} (SUIXIN_DATA)")
    for item in items:
        if item.get_closest_marker("real_data"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> testing_runs.MadeOnce:
    """What takes long to make and nobody changes: made by the first process of a run that asks for it by that name."""
    folder = tmp_path_factory.getbasetemp()
    return testing_runs.once(folder.parent if testing_runs.is_shared() else folder)


@pytest.fixture
def migrated_home(tmp_path: Path) -> Path:
    """A home for processes of their own, its SQLite control database migrated."""
    from suixin.site.testing_database import place_migrated

    return place_migrated(tmp_path / "home")


@pytest.fixture
def bare_database(db: None, tmp_path: Path) -> Iterator[None]:
    """An empty control database of the same kind, to be migrated by the test itself."""
    from suixin.site.testing_database import bare

    with bare(tmp_path):
        yield


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real Chromium, with axe at hand; it lives for the tests of one file."""
    from playwright.sync_api import sync_playwright

    from suixin.site import assets, shots

    assets.install_assets(with_tests=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread; tests use the database beside it
    with sync_playwright() as playwright:
        started = shots.launch(playwright)
        yield started
        started.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many tests on real files ran, and how many were absent; which database, and what was left out."""
    counted = {
        outcome: sum("real_data" in report.keywords for report in terminalreporter.stats.get(outcome, []))
        for outcome in ("passed", "failed", "skipped")
    }
    passed = terminalreporter.stats.get("passed", [])
    told = [value for report in passed for name, value in report.user_properties if name == "absent samples"]
    if told:
        terminalreporter.write_line(f"sample code: {sum(told)} absent, for want of a JDK")
    ran = counted["passed"] + counted["failed"]
    if os.environ.get("SUIXIN_TEST_ONLY") == "database":
        terminalreporter.write_line("left out: every test to which all control databases are the same (pytest --collect-only counts them)")
    terminalreporter.write_line(f"real_data: {ran} ran, {counted['skipped']} absent")
