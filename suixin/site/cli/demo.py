"""`suixin demo`: the main job on the city's demonstration data, and on a folder of real files."""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suixin.data.collection.outcomes import FileOutcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to collect besides the city's files, and whether to serve afterwards."""
    parser.add_argument("--no-serve", action="store_true", help="stop before serving")
    parser.add_argument("--data", type=Path, metavar="DIR", help="also collect every file of this folder")
    parser.add_argument("--port", type=int, default=8000)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Says what is being done, and how long it took."""
    print(f"▸ {title}", flush=True)
    started = time.perf_counter()
    yield
    print(f"  {time.perf_counter() - started:.1f} 秒", flush=True)


def run(options: argparse.Namespace) -> int:
    """Run the main job, tell what it did, serve unless told not to; 1 when a file of a listed format did not land."""
    from django.conf import settings
    from django.core.management import call_command

    from suixin.cities.loader import load_city
    from suixin.data.opening.models import Dataset
    from suixin.site.cli.serve import require_free
    from suixin.site.demo import departments, flows, people, registers, report, services, sharing, sources, steps
    from suixin.site.wiring import mend

    if not options.no_serve:
        require_free("127.0.0.1", options.port)
    started = time.perf_counter()
    home: Path = settings.SUIXIN.home
    city = load_city(settings.SUIXIN.city)
    with step("数据库"):
        call_command("migrate", interactive=False, verbosity=0)
        if sentence := mend():
            print(f"  {sentence}")
    with step(f"{city.name}:机构、账号、目录"):
        password = people.password()
        people.load_people(city, password)
        flows.put_in_force()
        officer = people.officer()
        steps.register(city, officer)
        print(f"  {departments.register(city, officer)}")
        print(*(f"  {line}" for line in services.register(city, officer, password)), sep="\n")
    with step("归集演示文件(模拟数据)"):
        folder = steps.make_files(home / "demo" / "files")
        outcomes = steps.collect(folder, officer, lambda outcome: print(report.line(outcome), flush=True))
    if options.data:
        with step(f"归集 {options.data}"):
            outcomes += steps.collect(options.data, officer, lambda outcome: print(report.line(outcome), flush=True))
    with step("来源:文件夹和数据库(模拟数据)"):
        print(f"  {sources.play()}")
    with step("开放"):
        opened = steps.open_all(officer, city)
        print(f"  开放数据表 {opened.opened} 张;留在内部 {len(opened.inside)} 张", *opened.inside, sep="\n    ")
    with step("共享"):
        lookup = steps.lend(officer)
    with step("指标"):
        print(*(f"  {text}" for text in steps.measure(city, officer)), sep="\n")
    with step("流程:目录发布、工单、待办"):
        print(f"  {flows.play()}")
    with step("信息系统清单、数据需求清单、共享申请"):
        print(f"  {registers.fill()}", f"  {sharing.play()}", sep="\n")
    with step("政务服务:办件、一件事"):
        print(f"  {services.play()}")
    with step("一数一源:比对重复的信息项"):
        print(f"  {steps.look_for_duplicates()}")
    _tell(report.summary(outcomes), password, lookup, options.port)
    seconds = round(time.perf_counter() - started, 1)
    datasets = Dataset.objects.filter(state="published").count()
    report.write(home / "demo.json", outcomes, resources=_resources(), datasets=datasets, seconds=seconds)
    has_failed = _tell_failures(outcomes)
    print(f"完成,用时 {seconds} 秒;结果在 {home / 'demo.json'}", flush=True)
    if not options.no_serve:
        os.execv(sys.executable, [sys.executable, "-m", "suixin.site.cli", "serve", "--port", str(options.port)])  # noqa: S606  our own command
    return int(has_failed)


def _tell_failures(outcomes: Sequence["FileOutcome"]) -> bool:
    """Whether a file of a listed format did not land; each is named."""
    from suixin.site.demo import report

    failed = report.failures(outcomes)
    for outcome in failed:
        print(f"未能入库:{outcome.path}:{outcome.message}", file=sys.stderr)
    return bool(failed)


def _resources() -> int:
    from suixin.data.catalog.models import Resource

    return Resource.objects.published().count()


def _tell(summary: str, password: str, lookup: str, port: int) -> None:
    from suixin.ground.people.residents import simulated
    from suixin.site.cli import homes
    from suixin.site.demo import people, staff

    print(f"\n{summary}\n\n  密码都是 {password}\n\n  工作人员,在 /console/ 登录:")
    for person in people.CAST:
        note = people.DUTIES.get(person.username, "")
        print(f"    {person.username:<15}{person.display_name}{f'({note})' if note else ''}")
    if places := staff.departments():
        print(f"    另有 {len(places)} 个办事部门的经办人 clerk-… 和负责人 head-…:{staff.sample()}")
    if people.may_residents_sign_in():
        print("\n  居民和企业,在 /login/ 用“模拟登录”:", *(f"    {one.account:<15}{one.title}" for one in simulated.declared()), sep="\n")
    else:
        print("\n  居民和企业的模拟登录没有开:在状态文件夹的 settings.env 里写 SUIXIN_SIMULATED_IDENTITY=1,再运行一次。")
    if lookup:
        key = people.demo_key(people.demo_application())
        address = f"http://127.0.0.1:{port}{lookup}"
        told = f"{homes.prefix()}.venv/bin/suixin call --app {people.APP_ID} --sm2 {key} --seal '{address}'"
        print(f"\n  部门查询(四级数据:SM2 签名、SM4 加密、脱敏、留痕):\n  {told}\n")
