"""The job of `suixin bench catalogue`: python -m suixin.site.bench.catalogue_job ENTRIES, in a home of its own; one JSON line."""

import os
import sys
import time
from collections.abc import Callable

import orjson

from suixin.site.bench.report import percentile

ITEMS, DEPENDANTS, TIMES = 10, 1_000, 30
USCC = "11510900008701231C"
Found = dict[str, tuple[float, str]]


def main(entries: int) -> Found:
    """Seconds of bringing and writing, milliseconds of difference and impact."""
    from django.core.management import call_command

    from suixin.data.catalog.exchange import bringing, reading
    from suixin.ground.people.models import Organisation
    from suixin.kit.actor import SYSTEM

    call_command("migrate", verbosity=0)
    Organisation.objects.create(uscc=USCC, name="基准测试单位", slug="bench")
    content = _workbook(entries)
    found: Found = {"workbook": (len(content) / 1e6, "MB")}
    found["reading_alone"] = _seconds(lambda: reading.read_workbook(content))
    brought: list[bringing.Brought] = []
    worked = time.process_time()
    found["bring"] = _seconds(lambda: brought.append(bringing.bring_workbook(content, actor=SYSTEM)))
    found["bring_cpu"] = (time.process_time() - worked, "s")
    if len(brought[0].codes) != entries:
        raise SystemExit(f"only {len(brought[0].codes)} of {entries} entries were registered: {brought[0].faults[:3]}")
    found["whole_catalogue_xlsx"] = _seconds(lambda: bringing.whole_catalogue(actor=SYSTEM))
    return found | _impact()


def _impact() -> Found:
    from suixin.data.catalog import actions, canon, dependences, impact
    from suixin.data.catalog.dependences import By
    from suixin.data.catalog.drafts import Assessed
    from suixin.data.catalog.models import Resource, Use
    from suixin.kit.actor import SYSTEM

    first = Resource.objects.order_by("pk").first()
    if first is None:
        raise SystemExit("there is no entry")
    assessed = Assessed("保密评〔模拟〕1号", "个保评〔模拟〕1号")
    resource = actions.publish_resource(first, actor=SYSTEM, reason="基准测试", assessed=assessed)
    for number in range(DEPENDANTS):
        by = By("access.grant", str(number), f"授权 {number}")
        dependences.declare(by, [(resource, resource.items.all()[number % 2].field, Use.SHOWN)])
    before = canon.content_of(resource)
    after = {**before, "items": before["items"][2:]}
    taken, reached, worked = list[float](), 0, time.process_time()
    for _ in range(TIMES):
        started = time.perf_counter()
        reached = len(impact.impact_of(resource, impact.alterations(before, after)))
        taken.append((time.perf_counter() - started) * 1000)
    return {
        "dependants": (float(reached), "reached"),
        "impact_cpu": ((time.process_time() - worked) * 1000 / TIMES, "ms"),
        "impact_p50": (percentile(taken, 0.5), "ms"), "impact_p95": (percentile(taken, 0.95), "ms"),
    }


def _workbook(entries: int) -> bytes:
    from suixin.data.catalog.exchange import layout, writing

    told = {
        "provider": USCC, "category": "307001", "abstract": "基准测试", "update_cycle": "每年", "share_type": "无条件共享",
        "open_type": "不予开放",
    }

    def row(sheet: str, values: dict[str, str]) -> list[str]:
        return [values.get(place.key, "") for place in layout.sheets()[sheet]]

    return writing.written({
        layout.RESOURCES: (row(layout.RESOURCES, told | {"title": f"基准目录{n}"}) for n in range(entries)),
        layout.ITEMS: (
            row(layout.ITEMS, {"resource": f"基准目录{n}", "name": f"信息项{m}", "type": "字符型", "length": "50", "level": "L1"})
            for n in range(entries) for m in range(ITEMS)
        ),
    })


def _seconds(work: Callable[[], object]) -> tuple[float, str]:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started, "s"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    print(orjson.dumps(main(int(sys.argv[1]))).decode(), flush=True)
