"""Jobs of `bench codes`; each prints one JSON object as its last line.

python -m suixin.site.bench.codes_job keep CODES          a set of so many codes brought and published
python -m suixin.site.bench.codes_job judge ROWS CODES    the set read; rows judged without and with it
python -m suixin.site.bench.codes_job pages               the set's first page, and that of its last codes
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from suixin.data.quality.source import SourceBatch

SET, SIZE, ROUNDS = "bench-villages", 65_536, 5


def keep(codes: int) -> dict[str, float]:
    """Seconds of bringing and publishing the set."""
    from django.core.management import call_command

    from suixin.ground.standards import actions
    from suixin.ground.standards.actions import Told
    from suixin.ground.standards.models import Kind
    from suixin.ground.standards.rules import Row
    from suixin.kit.actor import SYSTEM

    call_command("migrate", verbosity=0)
    version = actions.begin_version(Kind.CODE_SET, SET, Told("2024", "基准测试的村"), actor=SYSTEM)
    rows = [Row(f"{number:012d}", f"第{number}村") for number in range(codes)]
    filling, _ = _timed(lambda: actions.fill_codes(version, rows, actor=SYSTEM))
    publishing, _ = _timed(lambda: actions.publish_version(actions.submit_version(version, actor=SYSTEM), actor=SYSTEM))
    return {"filling": filling, "publishing": publishing}


def judge(rows: int, codes: int) -> dict[str, float]:
    """Seconds of reading the set, and of judging the rows without and with it."""
    from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
    from suixin.data.quality.check import check_batch
    from suixin.data.quality.source import SourceTable
    from suixin.ground import standards

    numbers = ItemSpec("number", "编号", ItemType.TEXT, 20)
    plain = Contract("", "bench_villages", "基准测试的村", (numbers, ItemSpec("village", "所在村代码", ItemType.TEXT, 40)))
    coded = plain.with_items((numbers, ItemSpec("village", "所在村代码", ItemType.TEXT, 40, code_set=SET)))
    source = SourceTable("villages", ("编号", "所在村代码"), lambda: _batches(rows, codes), "csv")
    told = {"reading_set": _timed(lambda: len(standards.code_set(SET).entries))[0]}
    for name, contract in (("plain", plain), ("coded", coded)):
        held = contract
        told[name], told[f"{name}_cpu"] = _timed(
            lambda held=held: check_batch(held, source, on_accepted=lambda _: None, on_rejected=_refuse)  # type: ignore[misc]  # bound now
        )
    return told | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def pages() -> dict[str, float]:
    """Milliseconds of the first page of codes and of the last one, the best of some."""
    from django.http import QueryDict

    from suixin.ground.standards import held
    from suixin.ground.standards.models import Version
    from suixin.kit.actor import SYSTEM
    from suixin.site.shell.queries import standards as shown

    last = held.codes_of(Version.objects.get(standard__code=SET)).reverse()[60]
    told = {}
    for name, parameters in (("first_page", ""), ("deep_page", f"after={last.code}")):
        told[name] = 1000 * min(_timed(lambda asked=parameters: shown.set_page(SET, QueryDict(asked), actor=SYSTEM))[0]  # type: ignore[misc]
                                for _ in range(ROUNDS))
    return told


def _batches(rows: int, codes: int) -> "Iterator[SourceBatch]":
    from suixin.data.quality.source import SourceBatch

    for first in range(0, rows, SIZE):
        numbers = pa.array(range(first, min(first + SIZE, rows)), pa.int64())
        places = [number * 7919 % codes for number in range(first, min(first + SIZE, rows))]
        villages = pa.array([_written(place, number) for number, place in enumerate(places)], pa.string())
        yield SourceBatch(pa.RecordBatch.from_arrays([pc.cast(numbers, pa.string()), villages], names=["编号", "所在村代码"]), first + 1)


def _written(place: int, number: int) -> str:
    match number % 10:
        case 0:
            return f"第{place}村"
        case 1:
            return f"{place:012d} 第{place}村"
        case _:
            return f"{place:012d}"


def _refuse(rejected: object) -> None:
    sys.exit(f"rows were rejected: {str(rejected)[:500]}")


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - processor


def main(words: list[str]) -> dict[str, float]:
    """What the job measured."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    match words:
        case ["keep", codes]:
            return keep(int(codes))
        case ["judge", rows, codes]:
            return judge(int(rows), int(codes))
        case ["pages"]:
            return pages()
    sys.exit(f"unknown job {words}")


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
