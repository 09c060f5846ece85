"""The jobs of `suixin bench cases`, each a process in a home of its own; the last line of each is one JSON object.

prepare 0             migrate, the city's items published, everybody whom it takes; procedures of reception and of every item
seed COUNT            as many cases with ten steps each; seconds
lists TIMES           p95 of each question, milliseconds
submit PART OF COUNT  COUNT applications at the window, each with its case, by the PART-th of OF workers, which had one of each item before
advance PART OF COUNT acceptance, examination, decision of the cases that this worker submitted
raw PART OF COUNT     the limit: COUNT bare transactions, with the rows that a submission cannot do without
"""

import os
import random
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from django.test import Client

    from suixin.ground.flow.models import Step
    from suixin.ground.people.models import Account
    from suixin.kit.actor import Actor
    from suixin.services.items.models import ItemVersion
    from suixin.site.bench.cases_seed import Ground

WINDOW, SUPERVISOR, CLERK, HEAD = "bench-window", "bench-supervisor", "bench-clerk", "bench-head"
PERSON = ("99000018000101123", "测量")  # born in 1800, in a division that does not exist
KNOWN = "f" * 32  # blind index of one applicant with many cases
RAW_TABLES = {
    name: f"CREATE TABLE raw_{name} (id {{serial}}, parent BIGINT, body TEXT, number VARCHAR(40) UNIQUE)"
    for name in ("application", "case", "run", "step", "material", "paper", "log")
}


def prepare(_: int) -> dict[str, float]:
    """The world of the bench."""
    from django.core.management import call_command
    from django.db import connection

    from suixin.cities.items import city_items
    from suixin.cities.loader import load_city
    from suixin.ground.people import actions as people
    from suixin.ground.people.models import Organisation, Post
    from suixin.kit.actor import SYSTEM
    from suixin.services.cases import declaring
    from suixin.services.items import actions
    from suixin.services.items.errors import IncompleteItem

    call_command("migrate", verbosity=0)
    city = load_city("suining")
    people.load_organisations(city.organisations_path)
    bureau = Organisation.objects.filter(is_bureau=True).order_by("pk")[0]
    for name, role in ((WINDOW, "reception"), (SUPERVISOR, "supervision")):
        Post.objects.create(account=_account(name), organisation=bureau, role=role)
    for draft in city_items(city):
        item = actions.draft_item(draft, actor=SYSTEM)
        try:
            actions.publish_item(item, actor=SYSTEM, reason="基准测试")
        except IncompleteItem:  # some are left incomplete on purpose
            continue
    for place in Organisation.objects.filter(service_items__version__gt=0).distinct():
        for name, role in ((CLERK, "clerk"), (HEAD, "department_head")):
            Post.objects.create(account=_account(f"{name}-{place.pk}"), organisation=place, role=role)
    declaring.ensure_reception()
    for version in _versions():
        declaring.ensure_procedure(version)
    with connection.cursor() as cursor:
        serial = "BIGSERIAL PRIMARY KEY" if connection.vendor == "postgresql" else "INTEGER PRIMARY KEY"
        for sql in RAW_TABLES.values():
            cursor.execute(sql.format(serial=serial))
    return {}


def seed(count: int) -> dict[str, float]:
    """Cases in bulk, then statistics for the planner."""
    from django.db import connection, models, transaction

    from suixin.ground.flow.models import Instance, Step
    from suixin.services.cases.attached import Material
    from suixin.services.cases.models import Application, Case
    from suixin.site.bench import cases_seed
    from suixin.site.bench.flow_seed import leave_unchecked, table_of

    began, ground = time.perf_counter(), _ground()
    leave_unchecked()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -1000000")  # a gigabyte, for this process: rows are written along many indexes

    def written(model: type[models.Model], rows: object, each: int = 1) -> int:
        """The number of the first of these rows."""
        with transaction.atomic():
            table_of(model, rows)  # type: ignore[arg-type]  # rows of this model
        return int(model._default_manager.order_by("-pk").values_list("pk", flat=True)[0]) - each * count + 1

    def every() -> object:
        return cases_seed.settled(count, ground)

    application = written(Application, cases_seed.applications(every(), ground))  # type: ignore[arg-type]  # an iterator
    run = written(Instance, cases_seed.runs(every(), ground), 2)  # type: ignore[arg-type]  # as above
    case = written(Case, cases_seed.cases(every(), application=application, run=run))  # type: ignore[arg-type]  # as above
    written(Step, cases_seed.steps(every(), ground, run=run), cases_seed.STEPS)  # type: ignore[arg-type]  # as above
    written(Material, cases_seed.materials(every(), case=case), 2)  # type: ignore[arg-type]  # as above
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")  # as the server does by itself in time
    return {"seconds": time.perf_counter() - began}


def lists(times: int) -> dict[str, float]:
    """Whole pages as staff and applicants open them."""
    from suixin.services.cases.models import Case, State
    from suixin.site.bench.cases_seed import NAMES

    dice, work = random.Random(510905), "/console/service-cases/"  # noqa: S311 not for secrets
    place = Case.objects.order_by("pk").values_list("organisation", flat=True)[0]
    titles = sorted(set(Case.objects.order_by("pk").values_list("title", flat=True)[:2_000]))
    numbers = list(Case.objects.order_by("pk").values_list("number", flat=True)[:2_000])
    clerk, bureau = _client(f"{CLERK}-{place}"), _client(SUPERVISOR)

    def page(who: "Client", path: str, asked: Callable[[], dict[str, str]] = dict) -> Callable[[], None]:
        def ask() -> None:
            answer = who.get(path, asked(), secure=True)
            if answer.status_code != 200:
                raise SystemExit(f"{path} 答复 {answer.status_code}")
        return ask

    def in_state() -> dict[str, str]:
        return {"state": dice.choice(("live", "all", *State.values))}

    def search(words: Callable[[], str]) -> Callable[[], None]:
        return page(bureau, work, lambda: {"q": words(), "state": dice.choice(("live", "all"))})

    questions = {
        "list": page(clerk, work, in_state), "list_all": page(bureau, work, in_state),
        "list_light": page(bureau, work, lambda: {"colour": dice.choice(("amber", "red"))}),
        "list_deep": page(bureau, work, lambda: {"page": str(dice.randint(2, 20))}),
        "search_number": search(lambda: dice.choice(numbers)), "search_item": search(lambda: dice.choice(titles)[:4]),
        "search_name": search(lambda: dice.choice(NAMES)), "search_nowhere": search(lambda: f"没有{dice.randrange(10_000)}"),
        "inbox": page(clerk, "/console/"), "board": page(bureau, "/console/supervision/"), "own": _own,
    }
    return {name: _p95(question, times) for name, question in questions.items()}


def submit(part: int, of: int, count: int) -> dict[str, float]:
    """Applications at a window, for items of all departments."""
    from uuid import UUID

    from suixin.ground.people.models import Organisation
    from suixin.kit.checksums import resident_id_check_char
    from suixin.services.cases import opening
    from suixin.services.cases.attached import MaterialState
    from suixin.services.cases.models import Channel
    from suixin.services.cases.opening import Applicant, Handed, Request
    from suixin.services.items.stated import rows_of

    actor, versions, window = _actor(WINDOW), _versions(), _ground().window
    place, number = Organisation.objects.get(pk=window), PERSON[0] + resident_id_check_char(PERSON[0])

    def one(at: int) -> bool:
        version = versions[(at * of + part) % len(versions)]
        handed = {row: Handed(MaterialState.PAPER) for row, _ in enumerate(rows_of(version.content, "materials"), 1)}
        who = Applicant(PERSON[1], number, "13900000001")
        request = Request(token=UUID(int=(part << 64) + at), applicant=who, channel=Channel.WINDOW, window=place)
        opening.open_case(opening.record_application(request, actor=actor), version, actor=actor, handed=handed)
        return True

    _timed(lambda at: one(count + at), len(versions))  # a worker has read every item once
    return _timed(one, count)


def advance(part: int, of: int, count: int) -> dict[str, float]:
    """What waits in the cases of one worker, decided three times in each; which steps those are is asked beside the clock."""
    from uuid import UUID

    from suixin.ground.flow import advancing
    from suixin.ground.flow.models import ACTIVE, Step
    from suixin.services.cases.models import Case

    tokens = [UUID(int=(part << 64) + at) for at in range(count)]
    numbers = list(Case.objects.filter(application__token__in=tokens).values_list("number", flat=True))
    waiting = Step.objects.filter(status__in=ACTIVE, instance__subject_kind="cases.case", instance__subject_key__in=numbers)
    held: dict[str, Actor] = {}
    done: dict[str, float] = {"done": 0, "seconds": 0, "processor": 0}
    for _ in range(3):
        steps = list(waiting.exclude(node="deliver").select_related("instance").order_by("pk"))  # decided at once: there is no examination
        actors = [_decider(step, held) for step in steps]

        def one(at: int, steps: "list[Step]" = steps, actors: "list[Actor]" = actors) -> bool:
            advancing.decide(steps[at], "approve", actor=actors[at], key=f"{steps[at].uuid}")
            return True

        for name, value in _timed(one, len(steps)).items():
            done[name] += value
    return done


def _decider(step: "Step", held: "dict[str, Actor]") -> "Actor":
    """Who may decide that step, read once each."""
    place = HEAD if step.role == "department_head" else CLERK
    name = WINDOW if step.node == "accept" else f"{place}-{step.organisation_id}"
    if name not in held:
        held[name] = _actor(name)
    return held[name]


def raw(part: int, of: int, count: int) -> dict[str, float]:
    """Bare transactions: application, case, its run with an open step, two materials, a paper, what happened and its two records."""
    from django.db import connection, transaction

    rows = (*RAW_TABLES, "material", "log", "log")
    with connection.cursor() as cursor:
        def one(at: int) -> bool:
            with transaction.atomic():
                for place, name in enumerate(rows):
                    told: list[int | str] = [at, "x" * 300, f"{part}-{at}-{place}"]
                    cursor.execute(f"INSERT INTO raw_{name} (parent, body, number) VALUES (%s, %s, %s)", told)  # noqa: S608 ours
            return True
        return _timed(one, count)


def _own() -> None:
    """An applicant's first page of cases."""
    from django.http import QueryDict

    from suixin.services.cases.models import Case
    from suixin.site.shell.queries import cases_shown
    from suixin.site.shell.queries.links import page_of

    rows = Case.objects.select_related("application", "organisation", "reception", "handling", "version__item")
    mine = rows.filter(application__subject_index__in=[KNOWN], application__uscc="").order_by("-id")
    cases_shown.own_table(page_of(mine, QueryDict(), size=20)[0])


def _ground() -> "Ground":
    from suixin.ground.flow.procedures import in_force
    from suixin.ground.people.models import Post
    from suixin.kit import clock
    from suixin.services.cases import declaring
    from suixin.site.bench.cases_seed import Ground

    versions = _versions()
    reception, handling = in_force(declaring.WINDOW_RECEPTION), in_force(declaring.procedure_slug(versions[0]))
    window = Post.objects.get(account__username=WINDOW).organisation_id
    return Ground(
        clock.now(), [(one.pk, int(one.item.organisation_id or 0), one.item.title) for one in versions],
        (reception.procedure_id, reception.pk), (handling.procedure_id, handling.pk), KNOWN, window,
    )


def _versions() -> "list[ItemVersion]":
    from suixin.services.items.models import ItemState
    from suixin.services.items.queries import guides

    return [one for one in guides() if one.state == ItemState.IN_USE]


def _account(name: str) -> "Account":
    from suixin.ground.people.models import Account

    return Account.objects.create(username=name, display_name=name)


def _actor(name: str) -> "Actor":
    from suixin.ground.people.models import Account
    from suixin.ground.people.queries import actor_of

    return actor_of(Account.objects.get(username=name))


def _client(name: str) -> "Client":
    from django.test import Client

    from suixin.ground.people.models import Account

    client = Client(headers={"host": "localhost"})
    client.force_login(Account.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _timed(one: Callable[[int], bool], count: int) -> dict[str, float]:
    started, used = time.perf_counter(), time.process_time()
    done = sum(one(at) for at in range(count))
    return {"done": float(done), "seconds": time.perf_counter() - started, "processor": time.process_time() - used}


def _p95(question: Callable[[], None], times: int) -> float:
    from suixin.site.bench.report import percentile

    question()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        question()
        taken.append((time.perf_counter() - started) * 1000)
    return percentile(taken, 0.95)


def main() -> None:
    """Run one job."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    jobs: dict[str, Callable[..., dict[str, float]]] = {
        "prepare": prepare, "seed": seed, "lists": lists, "submit": submit, "advance": advance, "raw": raw,
    }
    print(orjson.dumps(jobs[sys.argv[1]](*map(int, sys.argv[2:]))).decode(), flush=True)


if __name__ == "__main__":
    main()
