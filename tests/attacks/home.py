"""A home to attack: python -m tests.attacks.home prints one JSON object (secrets by application, the lookup key).

Holds the demo's people, an open dataset whose every text is hostile, and a department's list `people` that is lent
to one application per kind of grant: good, expired, suspended, off, filtered, reader (rows), doomed.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402  after setup
from django.core.management import call_command  # noqa: E402

from suixin.cities.loader import load_city  # noqa: E402
from suixin.data.access import actions as access  # noqa: E402
from suixin.data.access.models import Door, Grant, SubjectKind  # noqa: E402
from suixin.data.catalog import actions as catalog  # noqa: E402
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode  # noqa: E402
from suixin.data.catalog.drafts import ResourceDraft  # noqa: E402
from suixin.data.catalog.models import Resource  # noqa: E402
from suixin.data.collection import actions as collection  # noqa: E402
from suixin.data.opening.actions import publish_dataset  # noqa: E402
from suixin.ground.people.applications import create_application  # noqa: E402
from suixin.ground.people.models import Application, Organisation  # noqa: E402
from suixin.kit import clock  # noqa: E402
from suixin.kit.actor import SYSTEM  # noqa: E402
from suixin.site.demo import people  # noqa: E402

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'
LINK = "javascript:alert(3)"
BRACES = "{{7*7}}{% debug %}"
HOSTILE = (
    ItemSpec("code", "编码", ItemType.TEXT, 20, is_key=True, nullable=False),
    ItemSpec("script", SCRIPT, ItemType.TEXT, 200, description=IMAGE),
    ItemSpec("image", f"名称{IMAGE}", ItemType.TEXT, 200),
    ItemSpec("link", LINK, ItemType.TEXT, 200),
    ItemSpec("braces", BRACES, ItemType.TEXT, 200),
    ItemSpec("amount", f"=1+1{SCRIPT}", ItemType.NUMBER, 12, 2, unit=IMAGE),
    ItemSpec("day", "日期", ItemType.DATE),
)
PEOPLE = (
    ItemSpec("code", "编码", ItemType.TEXT, 20, is_key=True, nullable=False),
    ItemSpec("name", "姓名", ItemType.TEXT, 50, mask="name", level=3),  # type: ignore[arg-type]  # an IntEnum's value
    ItemSpec("phone", "电话", ItemType.TEXT, 20, mask="mobile", level=3),  # type: ignore[arg-type]  # as above
    ItemSpec("amount", "金额", ItemType.NUMBER, 12, 2),
)
KINDS = ("good", "expired", "suspended", "off", "filtered", "reader", "doomed")


def prepare() -> dict[str, object]:
    """Everything made; what the tests must know."""
    call_command("migrate", verbosity=0)
    city = load_city(settings.SUIXIN.city)
    people.load_people(city, people.password())
    bureau = Organisation.objects.get(slug=city.bureau)
    hostile = _entry("hostile", f"数据{SCRIPT}{IMAGE}", HOSTILE, bureau, abstract=f"{SCRIPT}{BRACES}", keywords=(IMAGE,))
    rows = [["A1", SCRIPT, IMAGE, LINK, BRACES, "1.5", "2024-01-01"], ["A2", "=cmd|' /C calc'!A0", "@x", "+1+1", "-a", "2", "2024-02-01"]]
    bad = ["", f"{SCRIPT}坏", IMAGE, LINK, BRACES, f"很多{IMAGE}", "2024-03-01"]
    _land(hostile, f"文件{IMAGE}.csv".replace("/", ""), HOSTILE, [*rows, bad])
    publish_dataset(hostile, actor=SYSTEM, reason=SCRIPT)
    owner = Organisation.objects.get(slug="human-resources")
    lent = _entry("people", "人员名单", PEOPLE, owner, has_lookup=True)
    _land(lent, "people.csv", PEOPLE, [[f"K{n:03d}", f"张{n}三", f"138000000{n:02d}", str(n)] for n in range(1, 31)])
    return {"secrets": {kind: _lend(kind, lent) for kind in KINDS}, "key": "K005", "batch": hostile.batches.get().pk}


def _entry(table: str, title: str, items: tuple[ItemSpec, ...], provider: Organisation, **metadata: object) -> Resource:
    contract = Contract("", table, title, items, write_mode=WriteMode.UPSERT)
    metadata |= {"secrecy_assessment": "保密评〔模拟〕1号", "privacy_assessment": "个保评〔模拟〕1号"}
    draft = ResourceDraft(contract, provider.uscc, "307001", open_type="unconditional", **metadata)  # type: ignore[arg-type]  # test data
    return catalog.publish_resource(catalog.propose_resource(draft, actor=SYSTEM), actor=SYSTEM, reason="测试")


def _land(resource: Resource, name: str, items: tuple[ItemSpec, ...], rows: list[list[str]]) -> None:
    path = Path(settings.SUIXIN.home) / name
    lines = [[item.name for item in items], *rows]
    path.write_text("\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines), "utf-8")
    [outcome] = collection.run_feed(path, actor=SYSTEM, resource=resource)
    assert outcome.status == "landed", outcome


def _lend(kind: str, resource: Resource) -> str:
    organisation = Organisation.objects.get(slug="civil-affairs")
    secret = create_application(organisation, kind, app_id=kind)[1]
    grant = access.give_grant(
        resource, actor=SYSTEM, subject_kind=SubjectKind.APPLICATION, subject_key=kind, columns=["code", "name", "amount"],
        doors=[Door.ROWS] if kind == "reader" else [Door.GATEWAY], row_filter="amount > 20" if kind == "filtered" else "",
        valid_until=clock.now() + timedelta(days=1), basis="测试",
    )
    if kind == "expired":
        Grant.objects.filter(pk=grant.pk).update(valid_from=clock.now() - timedelta(9), valid_until=clock.now() - timedelta(1))
    if kind == "suspended":
        access.suspend_grant(grant, actor=SYSTEM, reason="测试")
    if kind == "off":
        Application.objects.filter(app_id=kind).update(is_active=False)
    return secret


def revoke(kind: str) -> None:
    """The application's grant ended for good, while servers run."""
    access.revoke_grant(Grant.objects.get(subject_key=kind), actor=SYSTEM, reason="测试")


if __name__ == "__main__":
    if sys.argv[1:2] == ["revoke"]:
        revoke(sys.argv[2])
    else:
        print(json.dumps(prepare()))  # noqa: T201 the result
