"""Workbooks brought by jobs: killed and gone on with, by two people at once, and far too long."""

import os
import signal
import threading
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.utils import timezone

from suixin.data.catalog.exchange import bringing, handing, layout
from suixin.data.catalog.models import BroughtRow, Resource
from suixin.data.catalog.tests import factories
from suixin.data.catalog.tests.test_exchange import GOOD, ITEM, book
from suixin.ground.files.models import Attachment
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.jobs.running import deliver
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM

OTHER = "11510900000000002X"


def _sheet(first: int, last: int, *, provider: str = factories.BUREAU_USCC, turned: bool = False) -> bytes:
    """A workbook of entries of two categories, with two items each."""
    titles = [f"目录{number}" for number in range(first, last)]
    rows = [
        GOOD | {"title": title, "provider": provider, "category": "307001" if (place % 2) ^ turned else "307002"}
        for place, title in enumerate(titles)
    ]
    return book(rows, [ITEM | {"resource": title, "name": name, "is_key": ""} for title in titles for name in ("编号", "面积")])


def _whole() -> bool:
    """Whether no entry is half there, and names and codes stand once."""
    entries = list(Resource.objects.prefetch_related("items", "classifications"))
    names = {(one.provider_id, one.title) for one in entries}
    codes, tables = {one.code for one in entries}, {one.table for one in entries}
    return len(names) == len(codes) == len(tables) == len(entries) and all(
        len(one.items.all()) == 2 and len(one.classifications.all()) == 1 for one in entries
    )


def _at_once(*calls: Callable[[], bringing.Brought]) -> list[bringing.Brought]:
    """What each came to, in threads with a connection each."""
    found: dict[int, bringing.Brought] = {}
    gate = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], bringing.Brought]) -> None:
        try:
            gate.wait()
            found[place] = call()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[place] for place in range(len(calls))]


@pytest.mark.django_db(transaction=True)
def test_two_who_bring_the_same_sheet_at_once_get_it_once_and_both_are_told() -> None:
    factories.bureau()
    content = _sheet(0, 70)
    first, second = _at_once(*[lambda: bringing.bring_workbook(content, actor=SYSTEM)] * 2)
    assert len(first.codes) + len(second.codes) == 70 == Resource.objects.count()
    assert len(first.faults) + len(second.faults) == 70
    assert all("已有同名目录" in fault.sentence for fault in (*first.faults, *second.faults))
    assert _whole()


@pytest.mark.django_db(transaction=True)
def test_overlapping_sheets_and_sheets_of_other_departments_at_once_do_not_wait_for_each_other_for_ever() -> None:
    factories.bureau()
    Organisation.objects.create(uscc=OTHER, name="别的单位", slug="other")
    sheets = [_sheet(0, 60), _sheet(30, 90, turned=True), _sheet(0, 60, provider=OTHER, turned=True)]
    brought = _at_once(*[lambda content=content: bringing.bring_workbook(content, actor=SYSTEM) for content in sheets])
    assert [len(one.codes) + len(one.faults) for one in brought] == [60, 60, 60]
    assert Resource.objects.count() == 90 + 60
    assert _whole()


@pytest.mark.django_db(transaction=True)
def test_job_killed_in_the_middle_goes_on_where_it_stopped() -> None:
    factories.bureau()
    job = handing.hand_in(SimpleUploadedFile("目录.xlsx", _sheet(0, 120)), actor=SYSTEM)
    connections.close_all()
    if not (child := os.fork()):
        try:
            bringing.bring_workbook(
                _sheet(0, 120), actor=SYSTEM, key=str(job.arguments["file"]),
                report=lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done else None,
            )
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert Resource.objects.count() == bringing.CHUNK
    assert deliver(job.pk) == JobState.DONE
    job.refresh_from_db()
    assert (job.result["registered"], job.result["faults"], Resource.objects.count()) == (120, 0, 120)
    assert _whole()


@pytest.mark.django_db
def test_originals_and_rows_are_forgotten_once_nobody_needs_them() -> None:
    factories.bureau()
    job = handing.hand_in(SimpleUploadedFile("目录.xlsx", _sheet(0, 2)), actor=SYSTEM)
    assert handing.forget_settled() == 0
    assert deliver(job.pk) == JobState.DONE
    BroughtRow.objects.update(at=timezone.now() - bringing.KEPT * 2)
    assert handing.forget_settled() == 1
    assert not BroughtRow.objects.exists()
    assert not Attachment.objects.exists()
    assert Resource.objects.count() == 2


@pytest.mark.django_db
def test_job_whose_original_is_gone_says_so() -> None:
    factories.bureau()
    job = handing.hand_in(SimpleUploadedFile("目录.xlsx", _sheet(0, 2)), actor=SYSTEM)
    Attachment.objects.all().delete()
    assert deliver(job.pk) == JobState.FAILED
    assert "请重新上传" in Job.objects.get().sentence


@pytest.mark.slow
@pytest.mark.django_db
def test_fifty_thousand_rows_are_answered_by_a_limit_and_the_good_ones_before_it_are_kept() -> None:
    factories.bureau()
    rows = [GOOD | {"title": f"目录{number}", "abstract": "甲" if number < 3 else ""} for number in range(50_000)]
    items = [ITEM | {"resource": title} for title in ("目录0", "目录2")]
    items += [ITEM | {"resource": "目录1", "name": f"信息项{number}", "is_key": ""} for number in range(50_000)]
    job = handing.hand_in(SimpleUploadedFile("目录.xlsx", book(rows, items)), actor=SYSTEM)
    assert deliver(job.pk) == JobState.DONE
    assert sorted(Resource.objects.values_list("title", flat=True)) == ["目录0", "目录2"]
    job.refresh_from_db()
    most = layout.MAX_ROWS[layout.RESOURCES]
    assert any(f"一次最多读 {most:,} 行" in sentence for _, _, sentence in job.result["cells"])
    assert job.result["annotated"]
