"""The base of the front machine's walk, in a home of its own: each command is a process.

    python -m tests.agent_base prepare FOLDER    database, application, three entries with their feeds; the secret into FOLDER/secret
    python -m tests.agent_base account           every run, batch and chunk, and what does not fit together, as one line of JSON
"""

import json
import sys
from dataclasses import fields, replace
from pathlib import Path

from suixin.site.cli import start_django

start_django()

from django.apps import apps  # noqa: E402  models need Django set up
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db.models import Sum  # noqa: E402

from suixin.data.access import receipts  # noqa: E402
from suixin.data.access.receipt_checks import verify_receipt  # noqa: E402
from suixin.data.catalog import actions as catalog  # noqa: E402
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode  # noqa: E402
from suixin.data.catalog.drafts import ResourceDraft  # noqa: E402
from suixin.data.collection import declaring, mending  # noqa: E402
from suixin.data.collection.declaring import FeedDraft, SourceDraft  # noqa: E402
from suixin.data.collection.mending import Disagreements  # noqa: E402
from suixin.data.collection.models import FeedRun, FrontChunk, FrontStream  # noqa: E402
from suixin.data.collection.sources.base import Column, Kind  # noqa: E402
from suixin.data.lake.models import Batch  # noqa: E402
from suixin.data.lake.repair import repair  # noqa: E402
from suixin.ground.people.applications import create_application  # noqa: E402
from suixin.ground.people.models import Organisation  # noqa: E402
from suixin.kit.actor import SYSTEM  # noqa: E402
from tests import cast  # noqa: E402

ITEMS = (
    ItemSpec("id", "编号", ItemType.INTEGER, is_key=True, nullable=False), ItemSpec("name", "姓名", ItemType.TEXT, 50),
    ItemSpec("changed", "更新时间", ItemType.DATETIME),
)
TOLD = (Column("id", "integer", "INTEGER", is_key=True), Column("name", "text", "TEXT"), Column("changed", "datetime", "TIMESTAMP"))
FILES = tuple(Column(name, "text", "csv") for name in ("id", "name", "changed", "来源文件"))
STREAMS = {"visits": WriteMode.APPEND, "people": WriteMode.UPSERT, "reports": WriteMode.APPEND}


def prepare(folder: Path) -> None:
    """Everything that people do at the base before a front machine is switched on."""
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs() if app.label != "search"}  # quick; its tables are SQL
    call_command("migrate", run_syncdb=True, verbosity=0)
    bureau = Organisation.objects.create(uscc=cast.BUREAU, name="市数据局", slug="data-bureau")
    owner = Organisation.objects.create(uscc=cast.SOCIAL_SECURITY, name="社保局", slug="social-security")
    application, secret = create_application(owner, "前置机", actor=SYSTEM, app_id="front-app")
    (folder / "secret").write_text(secret, "utf-8")
    (folder / "secret").chmod(0o600)
    machine = SourceDraft("前置机", "front", Kind.AGENT, owner, options={"application": application.app_id})
    source = declaring.declare_source(machine, actor=SYSTEM)
    for table, mode in STREAMS.items():
        items = ITEMS if mode is WriteMode.UPSERT else tuple(replace(item, is_key=False) for item in ITEMS)
        contract = Contract("", table, f"前置机{table}", items, write_mode=mode)
        told = ResourceDraft(contract, bureau.uscc, "307001", secrecy_assessment="模拟1号", privacy_assessment="模拟1号")
        entry = catalog.publish_resource(catalog.propose_resource(told, actor=SYSTEM), actor=SYSTEM, reason="测试")
        FrontStream.objects.create(source=source, name=table)
        mapping = {item.field: item.field for item in ITEMS}
        columns = FILES if table == "reports" else TOLD
        draft = FeedDraft(table, mapping, schedule="", chunk_rows=100 if table == "visits" else 1000)
        declaring.declare_source_feed(source, entry, draft, columns=columns, actor=SYSTEM)


def account() -> dict[str, object]:
    """What the control database says, after a repair that should find nothing."""
    found = repair(), mending.disagreements()
    keys = list(receipts.known_keys())
    files = [receipts.receipt_file(batch.pk, actor=SYSTEM) for batch in Batch.objects.all()]
    return {
        "runs": {one["feed__table"]: one["rows"] for one in FeedRun.objects.values("feed__table").annotate(rows=Sum("rows_in"))},
        "chunks": {one["stream__name"]: one["sum"] for one in FrontChunk.objects.values("stream__name").annotate(sum=Sum("rows"))},
        "batches": list(Batch.objects.values_list("resource__table", "rows_in", "accepted", "rejected", "replaced")),
        "waiting": FrontChunk.objects.filter(landed_at=None).count(),
        "apart": [one.name for one in fields(Disagreements) if getattr(found[1], one.name)],
        "broken": sum(not verify_receipt(file, trusted=keys).is_intact for file in files),
    }


def main(words: list[str]) -> None:
    """One command of the module's docstring."""
    match words:
        case ["prepare", folder]:
            prepare(Path(folder))
        case ["account"]:
            print(json.dumps(account()))  # noqa: T201 the result


if __name__ == "__main__":
    main(sys.argv[1:])
