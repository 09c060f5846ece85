"""A person's data end in a home of their own: brought in every way, asked for, decided by another, destroyed, looked for.

    python -m tests.destruction.ending whole     everything once; prints the certificate
    python -m tests.destruction.ending killed    one destruction killed at each point, resumed, looked for

What is looked for stands in no other place than a row that was brought; files are looked into as deep as they can be opened.
"""

import json
import sys
from pathlib import Path
from uuid import uuid4

from suixin.data.lake.tests.killer import Trial, finished, fork, kill_often, note_mended  # isort: skip  (sets Django up)

import openpyxl
from django.conf import settings
from django.core.management import call_command
from pyarrow import parquet

from suixin.data.access import plans
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.collection import actions, filling
from suixin.data.collection.destruction import asking, running
from suixin.data.collection.destruction.errors import StillThere
from suixin.data.collection.filling import Saving
from suixin.data.doors.downloads import rest
from suixin.data.lake import archive, storage
from suixin.data.lake.models import Destruction, DestructionState, VersionProfile
from suixin.data.opening.actions import publish_dataset
from suixin.data.quality.version_profiles import profile_due
from suixin.ground.audit.models import Record
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job
from suixin.kit.actor import PUBLIC, SYSTEM

ITEMS = (
    ItemSpec("number", "居民证号", ItemType.TEXT, 18, is_key=True, nullable=False),
    ItemSpec("name", "姓名", ItemType.TEXT, 50),
    ItemSpec("amount", "金额", ItemType.NUMBER, 12, 2),
    ItemSpec("day", "日期", ItemType.DATE),
)
POINTS = (
    "purge_found", "purge_written", "purge_committed", "purge_past_removed", "purge_rejected", "purge_original_noted",
    "purge_originals", "purge_looked",
)
HEADER = "居民证号,姓名,金额,日期"


def number_of(person: int) -> str:
    """A person's number, of a form that nobody has."""
    return f"SN9900{person:012d}"


def name_of(person: int) -> str:
    """A name that stands nowhere else."""
    return f"无名氏{person}号"


def line(person: int, amount: str = "1.5") -> str:
    """A row."""
    return f"{number_of(person)},{name_of(person)},{amount},2024-03-01"


def bring(table: Resource, name: str, lines: list[str]) -> None:
    """A file of rows, collected."""
    path = Path(settings.SUIXIN.home).parent / name
    path.write_text("\n".join([HEADER, *lines, ""]), "utf-8")
    outcomes = actions.run_feed(path, actor=SYSTEM, resource=table)
    assert [one.status for one in outcomes] == ["landed"], outcomes
    path.unlink()


def bring_workbook(table: Resource, name: str, people: range) -> None:
    """The same as a workbook, whose bytes name nobody."""
    book = openpyxl.Workbook()
    for row in (HEADER.split(","), *(line(person).split(",") for person in people)):
        book.worksheets[0].append(row)
    path = Path(settings.SUIXIN.home).parent / name
    book.save(path)
    assert [one.status for one in actions.run_feed(path, actor=SYSTEM, resource=table)] == ["landed"]
    path.unlink()


def town(office: offices.Office, table: str, who: int) -> Resource:
    """A resource in which `who` was brought, replaced, rejected, filled in, downloaded, measured and told of."""
    resource = offices.entry(office, items=ITEMS, table=table, title=f"补助{table}", open_type="unconditional")
    resource = catalog.publish_resource(resource, actor=SYSTEM)
    Resource.objects.filter(pk=resource.pk).update(has_lookup=True)
    resource.refresh_from_db()
    bring(resource, f"{table}-1.csv", [line(person) for person in range(who, who + 40)])
    bring(resource, f"{table}-2.csv", [line(who, "2.5"), line(who, "坏"), line(who + 1, "2.5"), f"{number_of(who + 2)},甲,乙,丙"])
    bring_workbook(resource, f"{table}-3.xlsx", range(who, who + 3))
    bring(resource, f"{table}-4.csv", [line(person) for person in range(who + 50, who + 60)])
    publish_dataset(resource, actor=SYSTEM, reason="测试")
    rest.prepare(plans.open_plan(PUBLIC, resource, door="download"))
    profile_due(actor=SYSTEM)
    filling.save_draft(resource, Saving(uuid4(), 0, [tuple(line(who).split(",")), tuple(line(who + 3).split(","))]), actor=office.clerk)
    Job.objects.filter(pk=enqueue("collection.forget", actor=SYSTEM, title=f"查找 {number_of(who)}").pk).update(
        state="done", result={"seen": [number_of(who), 1]}
    )
    return resource


def approved(office: offices.Office, resource: Resource, who: int) -> Destruction:
    """A destruction of that person, asked for by the clerk and approved by the head of the department."""
    found = asking.ask_for_person(
        [(resource, "居民证号")], number_of(who), basis="个人信息保护法第四十七条", document="销〔2026〕1号", actor=office.clerk
    )
    offices.decide(asking.running(found), office.head, reason="同意")
    found.refresh_from_db()
    assert found.state == DestructionState.APPROVED
    return found


def holders(*words: str) -> list[str]:
    """Every file of the home that holds one of the words, in its bytes or in what it opens to."""
    found = []
    for path in sorted(one for one in Path(settings.SUIXIN.home).rglob("*") if one.is_file()):
        inside = [path.read_bytes()]
        if path.suffix == ".parquet":
            inside.append(str(parquet.read_table(path).to_pylist()).encode())
        if path.is_relative_to(storage.root() / "archive"):
            inside.append(opened(path))
        forms = {form for word in words for form in (word.encode(), word.encode("unicode_escape"), word.encode("utf-16-le"))}
        if any(form in one for form in forms for one in inside):
            found.append(path.relative_to(settings.SUIXIN.home).as_posix())
    return found


def opened(path: Path) -> bytes:
    """An original in the clear; of a workbook its cells."""
    with archive.open_archived(path.relative_to(storage.root()).as_posix()) as stream:
        content = stream.read()
    if content.startswith(b"PK"):
        scratch = Path(settings.SUIXIN.home).parent / "opened.xlsx"
        scratch.write_bytes(content)
        return str([list(row) for row in openpyxl.load_workbook(scratch).worksheets[0].values]).encode()
    return content


def stopped(found: Destruction) -> str:
    """Why a destruction did not end, as its page tells it; there is no certificate then."""
    try:
        running.destroy(found, actor=SYSTEM)
    except StillThere:
        found.refresh_from_db()
        assert (found.state, found.certificate) == (DestructionState.APPROVED, "")
    return found.trouble


def whole() -> dict[str, object]:
    """One person ends; a neighbour stays."""
    office = offices.office()
    resource = town(office, "town", 100)
    places = {path.split("/")[0] for path in holders(number_of(100), name_of(100))}
    found = approved(office, resource, 100)
    Resource.objects.filter(pk=resource.pk).update(abstract=f"例如 {number_of(100)}")
    trouble = stopped(found)
    Resource.objects.filter(pk=resource.pk).update(abstract="")
    destruction = running.destroy(found, actor=SYSTEM)
    kept = holders(number_of(101))
    left = holders(number_of(100), name_of(100))
    told = [Record.objects.filter(action=f"purge.{verb}").count() for verb in ("asked", "approved", "done")]
    return {
        "before": sorted(places), "left": left, "trouble": trouble, "neighbour": len(kept), "audit": told, "sealed": destruction.sealed,
        "profiles": VersionProfile.objects.count(), "certificate": json.loads(destruction.certificate)["certificate"],
        "file": destruction.certificate, "batches": [
            [one.accepted, sum(lost.rows for lost in one.destroyed.all()), sum(lost.rejected for lost in one.destroyed.all())]
            for one in resource.batches.order_by("pk")
        ],
    }


def prepare() -> None:
    """A town for each point, and somebody's end approved in it."""
    office = offices.office()
    for number in range(len(POINTS)):
        who = 1000 * (number + 1)
        approved(office, town(office, f"town{number}", who), who)


def asked(number: int) -> Destruction:
    """The destruction in that town."""
    return Destruction.objects.get(targets__resource__table=f"town{number}")


def killed() -> dict[str, object]:
    """A destruction dies at each point; the next run ends it."""
    assert finished(fork(prepare)) == 0  # the parent of forks touches no engine itself

    def work(number: int) -> None:
        running.destroy(asked(number), actor=SYSTEM)

    def mend(number: int) -> None:
        note_mended("again")
        work(number)
        who = 1000 * (number + 1)
        assert holders(number_of(who), name_of(who)) == []
        table = json.loads(asked(number).certificate)["certificate"]["tables"][0]
        assert (table["rows"], table["rejected"], len(table["originals"])) == (3, 1, 3), table

    return kill_often(Trial(work, mend), 0, seed=1, points=POINTS)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    print(json.dumps(whole() if sys.argv[1] == "whole" else killed(), ensure_ascii=False))  # noqa: T201 the result
