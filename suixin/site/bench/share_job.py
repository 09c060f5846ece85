"""What `suixin bench share` does inside its installation.

python -m suixin.site.bench.share_job prepare BASE PROFILE RECEIVER   grants, a profile file, an exchange into the receiver
python -m suixin.site.bench.share_job exchange                        one run of it, its counts as JSON
"""

import json
import sys
import time
from pathlib import Path


def prepare(base: str, profile: str, receiver: str) -> None:
    """The application reads the whole register by Delta Sharing, and receives it in a table."""
    from suixin.data.access.actions import give_grant
    from suixin.data.access.models import SubjectKind
    from suixin.data.catalog.models import Resource
    from suixin.data.doors.delta import recipients
    from suixin.data.doors.models import TableExchange
    from suixin.data.doors.tables import declaring
    from suixin.ground.people.models import Application
    from suixin.kit.actor import SYSTEM
    from suixin.site.bench import home, material

    application = Application.objects.select_related("organisation").get(app_id=home.APP_ID)
    if not TableExchange.objects.exists():
        resource = Resource.objects.get(table=material.TABLE)
        give_grant(
            resource, actor=SYSTEM, subject_kind=SubjectKind.APPLICATION, subject_key=home.APP_ID, doors=["share", "table"],
            basis="基准测试",
        )
        target = declaring.declare_target(application.organisation, slug="bench", name="接收库", address=receiver, actor=SYSTEM)
        declaring.declare_exchange(target, application, resource, draft=declaring.ExchangeDraft(f"bench_{time.time_ns()}"), actor=SYSTEM)
    token, text = recipients.make_token(application, actor=SYSTEM, days=1)
    Path(profile).write_bytes(recipients.profile(text, token, base=base))


def exchange() -> None:
    """One run, timed."""
    from suixin.data.doors.models import TableExchange
    from suixin.data.doors.tables.running import run_exchange
    from suixin.kit.actor import SYSTEM

    one = TableExchange.objects.select_related("target", "application__organisation", "resource__provider").get()
    started = time.perf_counter()
    run = run_exchange(one, actor=SYSTEM)
    counts = {"is_full": run.is_full, "written": run.written, "there": run.there, "source": run.source}
    print(json.dumps({"seconds": time.perf_counter() - started, **counts}))


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "prepare":
        prepare(*sys.argv[2:5])
    else:
        exchange()
