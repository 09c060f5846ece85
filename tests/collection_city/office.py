"""The product at work in a home of its own: `python -m tests.collection_city.office` forks a process for each order, a line of
JSON on its input: acts [[act, instant, what is given], ...], the point to be killed at, and the files for what they answer.

    prepare             database, organisations, entries, sources and feeds as the JSON says
    round               what a worker does at that instant: mends, enqueues what is due, runs every job that waits
    fill                rows typed into the fill-in page and handed in by the clerk
    secret              a source's credential typed again
    decide              changed columns that wait, taken by the data officer with the renames given
    account             every run, batch and waiting chunk; whether receipts verify; what a repair still finds
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from suixin.data.lake.tests.killer import finished, fork  # isort: skip  (sets Django up: models may be imported next)

from django.apps import apps
from django.conf import settings
from django.core.management import call_command

import suixin
from suixin.cities.loader import load_city
from suixin.data.access import receipts
from suixin.data.access.receipt_checks import verify_receipt
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.data.collection import declaring, drifting, feeding, filling, mending
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.filling import Saving
from suixin.data.collection.mending import Disagreements
from suixin.data.collection.models import Drift, FeedChunk, FeedRun, Source
from suixin.data.collection.opening import connector_of
from suixin.data.collection.sources import web
from suixin.data.collection.sources.base import Column, Kind, RowConnector
from suixin.data.lake.models import Batch
from suixin.data.lake.repair import repair
from suixin.ground.flow import procedures
from suixin.ground.jobs import running
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.people import actions as people
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.site import wiring
from tests import cast

TWICE_A_DAY = "0 2,20 * * *"
ITEMS = (
    ItemSpec("id", "编号", ItemType.INTEGER, is_key=True, nullable=False), ItemSpec("name", "姓名", ItemType.TEXT, 50),
    ItemSpec("amount", "金额", ItemType.NUMBER, 12, 2), ItemSpec("changed", "更新时间", ItemType.DATETIME),
)


def prepare(given: dict[str, list[dict[str, object]]]) -> int:
    """How many feeds there are now."""
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs() if app.label != "search"}  # quick; its tables are SQL
    call_command("migrate", run_syncdb=True, verbosity=0)
    city = load_city(settings.SUIXIN.city)
    people.load_organisations(city.organisations_path)
    for who in (cast.data_officer, cast.clerk, cast.department_head, cast.supervision):  # by whom work orders are handled
        account, place = Account.objects.create(username=who.key, display_name=who.name), Organisation.objects.get(uscc=who.organisation)
        Post.objects.create(account=account, organisation=place, role=min(who.roles))
    declaration = Path(suixin.__file__).parent / "data" / "quality" / "procedures" / "quality-correction.yaml"
    procedures.publish_procedure(declaration.read_text("utf-8"), actor=SYSTEM, note="测试")
    owner = Organisation.objects.get(uscc=cast.SOCIAL_SECURITY)
    for one in given["sources"]:
        draft = SourceDraft(str(one["slug"]), str(one["slug"]), Kind(str(one["kind"])), owner, str(one["address"]),
                            one.get("options") or {}, one.get("secrets") or {})  # type: ignore[arg-type]  # test data
        declaring.declare_source(draft, actor=cast.clerk)
    for one in given["entries"]:
        resource = _entry(str(one["entry"]), is_keyed=bool(one["is_keyed"]))
        if one.get("source"):
            _feed(resource, one)
    return len(given["entries"])


def _entry(table: str, *, is_keyed: bool) -> Resource:
    items = ITEMS if is_keyed else tuple(replace(item, is_key=False) for item in ITEMS)
    contract = Contract("", table, f"城市{table}", items, write_mode=WriteMode.UPSERT if is_keyed else WriteMode.APPEND)
    draft = ResourceDraft(
        contract, cast.SOCIAL_SECURITY, "307001", update_cycle="2", secrecy_assessment="模拟1号", privacy_assessment="模拟1号"
    )
    return catalog.publish_resource(catalog.propose_resource(draft, actor=SYSTEM), actor=SYSTEM, reason="测试")


def _feed(resource: Resource, one: dict[str, object]) -> None:
    source, table = Source.objects.get(slug=one["source"]), str(one["table"])
    draft = FeedDraft(table, schedule=TWICE_A_DAY, **one["options"])  # type: ignore[arg-type]  # test data
    columns: tuple[Column, ...] = ()
    with connector_of(source) as connector:
        if isinstance(connector, RowConnector):
            columns = connector.columns(table)
            draft = replace(draft, mapping=declaring.suggested_mapping(columns, resource))
    declaring.declare_source_feed(source, resource, draft, columns=columns, actor=cast.clerk)


def round_(_: object) -> list[str]:
    """Sentences of the jobs that did not end well; every job that waits has been tried once."""
    told = [wiring.mend()]
    feeding.enqueue_due(actor=SYSTEM)
    open_jobs = Job.objects.filter(kind=feeding.JOB, state__in=(JobState.WAITING, JobState.RUNNING), due_at__lte=clock.now())
    for job in open_jobs.order_by("pk"):
        ended = running.deliver(job.pk)
        told += [] if ended in ("done", "skipped") else [Job.objects.get(pk=job.pk).sentence]
    return [one for one in told if one]


def fill(given: dict[str, object]) -> int:
    """Rows that were accepted."""
    resource, token = Resource.objects.get(table=given["entry"]), uuid4()
    draft = filling.save_draft(resource, Saving(token, 0, given["rows"]), actor=cast.clerk)  # type: ignore[arg-type]  # test data
    first = filling.submit(resource, token, draft.revision, actor=cast.clerk)
    assert filling.submit(resource, token, draft.revision, actor=cast.clerk) == first  # a second click
    return first.accepted


def secret(given: dict[str, str]) -> bool:
    """Whether the source is well now."""
    source = Source.objects.get(slug=given["source"])
    typed = {"password": given["password"]}
    draft = SourceDraft(source.name, source.slug, Kind(source.kind), source.organisation, source.address, source.options, typed)
    declaring.edit_source(source, draft, actor=cast.clerk)
    return bool(declaring.check_source(source, actor=cast.clerk).is_well)


def decide(given: dict[str, dict[str, str]]) -> list[str]:
    """Entries whose change was taken."""
    done = []
    for drift in Drift.objects.filter(state="open").select_related("feed__resource"):
        drifting.take_drift(drift, renames=given.get(drift.feed.resource.table, {}), actor=cast.data_officer, reason="与来源单位核对过")
        done.append(drift.feed.resource.table)
    return done


def account(_: object) -> dict[str, object]:
    """What the control database says."""
    keys = list(receipts.known_keys())
    files = {batch.pk: receipts.receipt_file(batch.pk, actor=SYSTEM) for batch in Batch.objects.all()}
    broken = [pk for pk, file in files.items() if not verify_receipt(file, trusted=keys).is_intact]
    return {
        "runs": [
            {"entry": run.feed.resource.table, "state": run.state, "code": run.code, "sentence": run.sentence, "rows_in": run.rows_in,
             "accepted": run.accepted, "rejected": run.rejected}
            for run in FeedRun.objects.select_related("feed__resource").order_by("pk")
        ],
        "batches": list(Batch.objects.values("id", "resource__table", "state", "rows_in", "accepted", "rejected", "replaced")),
        "waiting": FeedChunk.objects.filter(state="archived").count(), "receipts": len(files), "broken": broken,
        "repair": asdict(repair()), "apart": mending.disagreements() != Disagreements(),
    }


ACTS: dict[str, Callable[[Any], object]] = {
    "prepare": prepare, "round": round_, "fill": fill, "secret": secret, "decide": decide, "account": account,
}


def work(order: dict[str, Any], answer: str) -> None:
    """The order's acts, each at its instant, in this process; a worker that is to be killed dies before it answers."""
    os.environ["SUIXIN_CRASH_AT"] = order["crash"]
    home = settings.SUIXIN.home
    settings.SUIXIN = replace(settings.SUIXIN, source_networks=("127.0.0.0/8",), source_folders=(str(home.parent / "incoming"),))
    web.pause = lambda seconds: None
    answers = []
    for name, now, given in order["acts"]:
        with clock.frozen(datetime.fromisoformat(now)):
            answers.append(ACTS[name](given))
    Path(answer).write_text(json.dumps(answers, ensure_ascii=False, default=str), "utf-8")


def main() -> None:
    """Order after order, each by as many processes at once as it says; their exit statuses as one line of JSON."""
    for line in sys.stdin:
        order = json.loads(line)
        children = [fork(partial(work, order, answer)) for answer in order["answers"]]
        print(json.dumps([finished(child) for child in children]), flush=True)  # noqa: T201 the answer


if __name__ == "__main__":
    main()
