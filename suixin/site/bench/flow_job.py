"""The jobs of `suixin bench flow`, each a process in a home of its own; the last line of each is one JSON object.

prepare COUNT         migrate, publish a procedure of three nodes, start COUNT instances
advance PART OF       decide the first two steps of the PART-th of the instances; decisions and seconds
raw PART OF COUNT     the limit: COUNT bare transactions, with the statements that a decision cannot do without
seed COUNT            as many instances and open steps, one person holding 5,000
lists TIMES           questions to the list of instances and the inbox, milliseconds
sweep                 one sweep; what it turned, seconds
"""

import os
import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import orjson

PROCEDURE = """
id: bench
title: 基准测试
subject: bench.thing
lead: bench-0
promised: 20wd
statutory: 30wd
nodes:
  accept: {title: 受理, role: clerk, organisation: bench-0, limit: 2wd}
  review: {title: 审核, role: clerk, organisation: bench-0, after: accept, limit: 5wd}
  deliver: {title: 送达, role: clerk, organisation: bench-0, after: review, limit: 3wd}
"""
PERSON = "bench-person"  # for whom 5,000 steps wait
RAW_TABLES = (
    "CREATE TABLE raw_step (id BIGINT PRIMARY KEY, instance BIGINT, status VARCHAR(12), due VARCHAR(40))",
    "CREATE TABLE raw_log (id {serial}, instance BIGINT, sequence BIGINT, body TEXT, UNIQUE (instance, sequence))",
)


def prepare(count: int) -> dict[str, float]:
    """The world of the bench."""
    from django.core.management import call_command

    from suixin.ground.flow import procedures, starting, subjects
    from suixin.ground.flow.subjects import Subject, SubjectKind
    from suixin.ground.people.models import Account, Organisation, Post
    from suixin.kit.actor import SYSTEM
    from suixin.kit.checksums import uscc_check_char
    from suixin.site.bench.flow_seed import ORGANISATIONS

    call_command("migrate", verbosity=0)
    subjects.register(SubjectKind("bench.thing", "事项", lambda key: ""))
    _raw_tables()
    root: Organisation | None = None
    for number in range(ORGANISATIONS):
        stem = f"11510900{number + 1:09d}"
        place = Organisation.objects.create(
            uscc=stem + uscc_check_char(stem), name=f"基准测试单位{number}", slug=f"bench-{number}", parent=root, is_bureau=number == 1,
        )
        root = root or place
        account = Account.objects.create(username=f"bench{number}", display_name=f"经办人{number}")
        for role in ("clerk", "review", "supervision", "department_head"):
            Post.objects.create(account=account, organisation=place, role=role)
    person = Account.objects.create(username=PERSON, display_name="接件人")
    Post.objects.create(account=person, organisation=Organisation.objects.get(slug="bench-3"), role="reception")
    procedures.publish_procedure(PROCEDURE, actor=SYSTEM)
    for number in range(count):
        starting.start("bench", Subject("bench.thing", str(number)), actor=SYSTEM, title=f"第 {number} 号事项", parties={})
    return {}


def advance(part: int, of: int) -> dict[str, float]:
    """Decisions of one worker on instances that no other has."""
    from suixin.ground.flow import advancing
    from suixin.ground.flow.models import Instance
    from suixin.ground.people.models import Account
    from suixin.ground.people.queries import actor_of

    actor = actor_of(Account.objects.get(username="bench0"))
    mine = [pk for pk in Instance.objects.order_by("pk").values_list("pk", flat=True) if pk % of == part]
    started, used = time.perf_counter(), time.process_time()
    for pk in mine:
        for node in ("accept", "review"):
            advancing.advance(pk, node, "approve", actor=actor, key=f"{pk}{node}")
    return {
        "decisions": 2.0 * len(mine), "seconds": time.perf_counter() - started,
        "processor": time.process_time() - used,
    }


def raw(part: int, of: int, count: int) -> dict[str, float]:
    """Bare transactions: take the row, close it, open the next, write what happened and its audit record."""
    from django.db import connection, transaction

    body = "x" * 400
    with connection.cursor() as cursor:
        started = time.perf_counter()
        for number in range(part, count * of, of):
            with transaction.atomic():
                cursor.execute("INSERT INTO raw_step VALUES (%s, %s, 'open', '2026')", [number, number])
                cursor.execute("UPDATE raw_step SET status = 'done' WHERE id = %s AND status = 'open'", [number - of])
                cursor.execute("INSERT INTO raw_log (instance, sequence, body) VALUES (%s, 1, %s)", [number, body])
                cursor.execute("INSERT INTO raw_log (instance, sequence, body) VALUES (%s, 2, %s)", [number, body])
    return {"decisions": float(count), "seconds": time.perf_counter() - started}


def _raw_tables() -> None:
    from django.db import connection

    serial = "BIGSERIAL PRIMARY KEY" if connection.vendor == "postgresql" else "INTEGER PRIMARY KEY"
    with connection.cursor() as cursor:
        for sql in RAW_TABLES:
            cursor.execute(sql.format(serial=serial))


def seed(count: int) -> dict[str, float]:
    """Instances and steps in bulk."""
    from django.db import connection, transaction

    from suixin.ground.flow.models import Instance, ProcedureVersion, Step
    from suixin.ground.people.models import Account, Organisation
    from suixin.kit import clock
    from suixin.site.bench import flow_seed

    version = ProcedureVersion.objects.get(procedure__slug="bench")
    places = list(Organisation.objects.filter(slug__startswith="bench-").order_by("pk").values_list("pk", flat=True))
    person, now = Account.objects.get(username=PERSON).pk, clock.now()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -1000000")  # a gigabyte, for this process: rows are written along many indexes
    with transaction.atomic():
        begun = flow_seed.instances(count, now, version=version.pk, procedure=version.procedure_id, organisations=places)
        flow_seed.table_of(Instance, begun)
    last = Instance.objects.order_by("-pk").values_list("pk", flat=True)[0]
    rows = flow_seed.steps(
        last - count + 1, count, now, procedure=version.procedure_id, organisations=places, roles=("clerk", "review", "supervision"),
        person=person,
    )
    with transaction.atomic():
        flow_seed.table_of(Step, rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {}


def lists(times: int) -> dict[str, float]:
    """p95 in milliseconds: the list under random filters, bare SQL with the same question, the inbox page."""
    from django.test import Client

    from suixin.ground.flow.queries.casebook import CaseFilters, instances
    from suixin.ground.people.models import Account
    from suixin.ground.people.queries import actor_of
    from suixin.site.bench.flow_seed import ORGANISATIONS

    dice = random.Random(510904)  # noqa: S311 not for secrets
    bureau = actor_of(Account.objects.get(username="bench1"))

    def one_list() -> None:
        filters = CaseFilters(
            organisation=f"bench-{dice.randrange(ORGANISATIONS)}" if dice.random() < 0.7 else "",
            status=dice.choice(("live", "running", "suspended", "done")), colour=dice.choice(("", "green", "amber", "red")),
            due=dice.choice(("", "past", "today", "week")),
        )
        list(instances(bureau, filters).cases.rows)

    client = Client(headers={"host": "localhost"})
    client.force_login(Account.objects.get(username=PERSON), backend="django.contrib.auth.backends.ModelBackend")

    def one_inbox() -> None:
        answer = client.get("/console/", secure=True)
        if answer.status_code != 200:
            raise SystemExit(f"待办页面答复 {answer.status_code}")

    return {"list": _p95(one_list, times), "bare_list": _p95(_bare_list, times), "inbox": _p95(one_inbox, times)}


def _bare_list() -> None:
    """The same question as one statement: one organisation, status, colour, the first fifty by due date."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, title, due_at FROM flow_instance WHERE organisation_id = %s AND status = 'running' AND colour = %s"
            " ORDER BY due_at, id LIMIT 51", [random.randint(1, 40), random.choice(("green", "amber", "red"))],  # noqa: S311
        )
        cursor.fetchall()


def _p95(question: Callable[[], None], times: int) -> float:
    from suixin.site.bench.report import percentile

    question()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        question()
        taken.append((time.perf_counter() - started) * 1000)
    return percentile(taken, 0.95)


def sweep() -> dict[str, float]:
    """One sweep of all that is open."""
    from suixin.ground.flow.sweeping import sweep as sweep_all
    from suixin.kit import clock

    started = time.perf_counter()
    swept = sweep_all(clock.now() + timedelta(minutes=1))
    return {"seconds": time.perf_counter() - started, "turned": float(swept.amber + swept.red), "told": float(swept.escalated)}


def main() -> None:
    """Run one job."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    jobs: dict[str, Callable[..., dict[str, float]]] = {
        "prepare": prepare, "advance": advance, "raw": raw, "seed": seed, "lists": lists, "sweep": sweep,
    }
    print(orjson.dumps(jobs[sys.argv[1]](*map(int, sys.argv[2:]))).decode(), flush=True)


if __name__ == "__main__":
    main()
