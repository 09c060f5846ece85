"""A bench's own installation: a home of its own with the register declared, and the job that fills it.

python -m suixin.site.bench.home prepare            migrate, declare the register
python -m suixin.site.bench.home prepare lookup     the same, looked up by key: collecting it builds its key index too
python -m suixin.site.bench.home prepare sealed     the same, two of its items sealed
python -m suixin.site.bench.home grant              open the register, give an application a masked lookup
python -m suixin.site.bench.home grants 100         so many more applications, each with a grant of another shape
python -m suixin.site.bench.home collect FILE       bring the CSV, print rows in, accepted, rejected
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

APP_ID = "bench-app"
SECRET = "bench-secret-of-thirty-two-bytes!"  # noqa: S105 of a throw-away installation on the loopback
SLUG = "bench-enterprises"


def prepare(*, has_lookup: bool, is_sealed: bool = False) -> None:
    """The register published and its feed declared."""
    from django.core.management import call_command

    from suixin.data.catalog import actions as catalog
    from suixin.data.catalog.drafts import ResourceDraft
    from suixin.data.catalog.models import Resource
    from suixin.data.collection import actions as collection
    from suixin.ground.people.models import Organisation
    from suixin.kit.actor import SYSTEM
    from suixin.site.bench import material

    call_command("migrate", verbosity=0)
    if Resource.objects.filter(table=material.TABLE).exists():
        return
    bureau = Organisation.objects.create(uscc="11510900008701231C", name="基准测试单位", slug="bench")
    contract = material.SEALED if is_sealed else material.CONTRACT
    draft = ResourceDraft(contract, bureau.uscc, "307001", has_lookup=has_lookup, open_type="unconditional",
                          secrecy_assessment="保密评〔模拟〕1号", privacy_assessment="个保评〔模拟〕1号")
    resource = catalog.publish_resource(catalog.propose_resource(draft, actor=SYSTEM), actor=SYSTEM, reason="基准测试")
    collection.declare_feed(resource, ["bench*.csv"], actor=SYSTEM)


def grant() -> None:
    """The register open to the public, and looked up by the application with the name masked."""
    from suixin.data.catalog.models import Resource
    from suixin.data.opening.actions import publish_dataset
    from suixin.data.sharing.actions import ShareTerms, grant_request
    from suixin.ground.people.applications import create_application
    from suixin.ground.people.models import Application, Organisation
    from suixin.kit import clock
    from suixin.kit.actor import SYSTEM
    from suixin.site.bench import material

    if Application.objects.filter(app_id=APP_ID).exists():
        return
    resource = Resource.objects.get(table=material.TABLE)
    publish_dataset(resource, actor=SYSTEM, reason="基准测试")
    organisation = Organisation.objects.get(slug="bench")
    application, _ = create_application(organisation, "基准测试", actor=SYSTEM, app_id=APP_ID, secret=SECRET)
    columns = [item.field for item in material.ITEMS]
    terms = ShareTerms(columns, "基准测试", "基准测试", clock.now() + timedelta(days=1), masks={"name": "name"})
    grant_request(resource, terms, organisation=organisation, application=application, actor=SYSTEM)


def app_of(number: int) -> str:
    """The application with the n-th grant."""
    return f"{APP_ID}-{number}"


def grants(count: int) -> None:
    """So many applications, each with its own columns, masks, row filter and doors."""
    from suixin.data.access.actions import give_grant
    from suixin.data.access.models import SubjectKind
    from suixin.data.catalog.models import Resource
    from suixin.ground.people.applications import create_application
    from suixin.ground.people.models import Application, Organisation
    from suixin.kit.actor import SYSTEM
    from suixin.site.bench import material

    resource, organisation = Resource.objects.get(table=material.TABLE), Organisation.objects.get(slug="bench")
    others = [item.field for item in material.ITEMS[1:]]
    filters = ("", "staff >= {n}", "capital > {n} OR division LIKE '5109%'", "founded >= DATE '1980-01-01' AND staff < 2000 + {n}")
    known = set(Application.objects.values_list("app_id", flat=True))
    for n in range(count):
        if app_of(n) in known:
            continue
        create_application(organisation, f"基准测试{n}", actor=SYSTEM, app_id=app_of(n), secret=SECRET)
        columns = ["record_no", "name", *(field for place, field in enumerate(others) if (n + 1) >> place % 7 & 1)]
        give_grant(
            resource, actor=SYSTEM, subject_kind=SubjectKind.APPLICATION, subject_key=app_of(n), columns=list(dict.fromkeys(columns)),
            row_filter=filters[n % 4].format(n=n), masks={"name": ("name", "", "empty")[n % 3]},
            doors=["gateway", *(("rows",) if n % 2 else ()), *(("verify",) if n % 5 else ())], basis=f"基准测试{n}",
        )


def collect(source: Path) -> None:
    """Bring the CSV into the register and print what became of it."""
    from suixin.data.collection.actions import run_feed
    from suixin.kit.actor import SYSTEM

    for outcome in run_feed(source, actor=SYSTEM):
        print(outcome.status.value, outcome.rows_in, outcome.accepted, outcome.rejected, outcome.message)
        if outcome.status.value not in ("landed", "known"):
            sys.exit(1)


def main(words: list[str]) -> None:
    """Run one of the jobs in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    match words:
        case ["prepare", *options] if options in ([], ["lookup"], ["sealed"]):
            prepare(has_lookup=options == ["lookup"], is_sealed=options == ["sealed"])
        case ["grant"]:
            grant()
        case ["grants", count]:
            grants(int(count))
        case ["collect", source]:
            collect(Path(source))
        case _:
            sys.exit(f"unknown job {words}")


if __name__ == "__main__":
    main(sys.argv[1:])
