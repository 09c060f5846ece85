"""A city to walk through: three departments that own one of everything, and a cast with a browser or key for each.

Owners   A the department of the cast's clerk; B another one of the city; D one of a district; 0 what is not there
Marks    `mark(kind, owner)` stands in every text that only some may read: rows, rejected rows, grants, applications,
         people, jobs, audit records, residents
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from suixin.data.access import actions as access
from suixin.data.access.models import Door, SubjectKind
from suixin.data.catalog import actions as catalog
from suixin.data.catalog import canon, changing, demands, systems
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode
from suixin.data.catalog.demands import Wanted
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Demand, InformationSystem, Resource
from suixin.data.catalog.systems import SystemDraft
from suixin.data.collection import actions as collection
from suixin.data.collection import declaring
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.destruction.asking import ask_for_person
from suixin.data.collection.models import Drift, Feed, FeedRun, RunState, Source
from suixin.data.collection.sources.base import Column, Kind
from suixin.data.doors.delta import recipients
from suixin.data.doors.files.models import FileOrder, Package, ReceiverKey
from suixin.data.doors.models import ExchangeRun, Subscription, TableExchange, Target
from suixin.data.doors.proxies.models import Proxy
from suixin.data.doors.tests.client import get as ask_door
from suixin.data.lake.models import Destruction
from suixin.data.opening.actions import publish_dataset
from suixin.data.quality.loop.reports import keep_report
from suixin.data.sharing import drafting as sharing
from suixin.data.sharing.actions import ShareTerms, grant_request
from suixin.data.sharing.cascade.models import Link, Platform, RemoteEntry, RemoteRequest
from suixin.data.sharing.disputing import open_dispute
from suixin.data.sharing.models import Part, PartState
from suixin.ground.audit.actions import record
from suixin.ground.files.tests.factories import upload
from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.models import Instance, Procedure, Step
from suixin.ground.flow.orders.actions import open_order
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.procedures import publish_procedure
from suixin.ground.flow.starting import start
from suixin.ground.flow.subjects import Subject
from suixin.ground.flow.tests import factories as flow
from suixin.ground.forms.actions import Saving, save_draft, submit
from suixin.ground.forms.models import Draft, Submission
from suixin.ground.forms.queries import form_of
from suixin.ground.jobs.actions import enqueue
from suixin.ground.link.models import Peer
from suixin.ground.people.applications import create_application
from suixin.ground.people.credentials import TokenScope
from suixin.ground.people.models import Account, Application, Organisation, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.residents.models import Agency, Firm
from suixin.ground.people.residents.tests.factories import FIRM, resident, session
from suixin.ground.people.tests.factories import organisation, tree
from suixin.ground.people.tokens import make_token
from suixin.ground.standards import actions as standards
from suixin.ground.standards import held, mapping
from suixin.ground.standards.actions import Owner, Told
from suixin.ground.standards.models import Kind as StandardKind
from suixin.ground.standards.rules import Row
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.signing import sign
from suixin.services.cases import opening
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.opening import Applicant, Handed, Request
from suixin.services.items.tests.factories import published as service_item
from suixin.services.matters.tests.factories import opened as service_matter
from suixin.services.themes.queries import newest_version
from suixin.services.themes.tests.factories import declared as declared_theme
from suixin.services.themes.tests.factories import published as service_theme

OWNERS = "ABD"
ITEMS = (
    ItemSpec("code", "代码", ItemType.TEXT, 12, is_key=True, nullable=False),
    ItemSpec("name", "名称", ItemType.TEXT, 50),
    ItemSpec("amount", "数量", ItemType.NUMBER, 12, 2),
)
# member of the cast → its organisation and role; those of no organisation come without a browser of staff
STAFF = {
    "clerk": ("A", "clerk"), "head_of_sharing": ("A", "head_of_sharing"), "department_head": ("A", "department_head"),
    "outsider": ("B", "clerk"), "data_officer": ("bureau", "data_officer"), "reception": ("bureau", "reception"),
    "review": ("bureau", "review"), "coordination": ("bureau", "coordination"), "supervision": ("bureau", "supervision"),
    "leader": ("government", "leader"), "administrator": ("bureau", "administrator"),
    "security_officer": ("bureau", "security_officer"), "auditor": ("bureau", "auditor"), "operator": ("bureau", "operator"),
    "district_officer": ("district_bureau", "data_officer"), "district_reception": ("district_bureau", "reception"),
    "district_clerk": ("D", "clerk"), "district_administrator": ("district_bureau", "administrator"),
    "expired": ("A", "head_of_sharing"), "disabled": ("bureau", "data_officer"),
}
STRANGERS = ("public", "resident", "firm_agent", "disabled", "token_read", "token_write", "ended_token", "application")
CAST = (*(name for name in STAFF if name != "disabled"), *STRANGERS)
CLERKS = {"A": "clerk", "B": "outsider", "D": "district_clerk"}
LOGS = re.compile(r"audit_\w+|django_session|people_staffsession|people_residentsession|axes_\w+|access_spentnonce")
WRITING = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


def mark(kind: str, owner: str) -> str:
    """The text that gives away a thing of that kind and owner."""
    return f"mark-{kind}-{owner}-vq7z"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and the tables that the request wrote to, logs left out."""

    status: int
    location: str
    body: str
    wrote: frozenset[str]


@dataclass
class World:
    """Who asks, and what there is to ask for: parameters of addresses by name and owner."""

    browsers: dict[str, Client] = field(default_factory=dict)
    stranger: Client = field(default_factory=Client)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    secret: bytes = b""
    places: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
    keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def ask(self, member: str, method: str, path: str, form: Mapping[str, object] | None = None) -> Answer:
        """The answer to one member of the cast; whatever the request changed is undone."""
        wrote: set[str] = set()

        def watch(execute, sql, params, many, context):
            if (found := WRITING.match(sql)) and not LOGS.fullmatch(found[1]):
                wrote.add(found[1])
            return execute(sql, params, many, context)

        with transaction.atomic(), connection.execute_wrapper(watch):
            status, location, body = self._send(member, method, path, form or {})
            transaction.set_rollback(True)
        if member.startswith("token"):
            wrote.discard("people_personaltoken")  # when it was last used
        if member == "application":
            wrote.discard("people_applicationkey")  # likewise
        return Answer(status, location, body, frozenset(wrote))

    def _send(self, member: str, method: str, path: str, form: Mapping[str, object]) -> tuple[int, str, str]:
        headers = dict(self.headers.get(member, {}))
        if member == "application":
            headers = sign(method, path, app_id="app-b", secret=self.secret)
        met = ask_door(path, method=method, headers=headers)
        if met is not None:
            return met.status, "", met.body.decode("utf-8", "replace")
        browser = self.browsers.get(member) or self.stranger
        cookies = deepcopy(browser.cookies)  # signing out is undone, too
        answer = browser.get(path, headers=headers) if method == "GET" else browser.post(path, form, headers=headers)
        browser.cookies = cookies
        body = b"".join(getattr(answer, "streaming_content", ())) if answer.streaming else answer.content
        return answer.status_code, answer.headers.get("Location", ""), body.decode("utf-8", "replace")


def made(home: Path) -> World:
    """The whole of it, in the database and in the lake under `home`."""
    city, world = tree(), World()
    places = {
        "A": city.department, "B": organisation("市人社局", number=7, parent=city.government), "D": city.district_department,
        "bureau": city.bureau, "government": city.government, "district_bureau": city.district_bureau,
    }
    accounts = {name: _employ(name, places[where], role) for name, (where, role) in STAFF.items()}
    for name, account in accounts.items():
        world.browsers[name] = Client()
        world.browsers[name].force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    Post.objects.filter(account=accounts["expired"]).update(valid_from=date(2020, 1, 1), valid_to=date(2024, 1, 1))
    Account.objects.filter(username="disabled").update(is_active=False)
    for owner in OWNERS:
        _furnish(world, owner, places, accounts[CLERKS[owner]], home)
    _tokens(world, accounts)
    _residents(world)
    _absent(world)
    for browser in world.browsers.values():
        browser.handler = world.stranger.handler  # one for all: each loads every middleware, which takes longer than most answers
    return world


def _employ(name: str, where: Organisation, role: str) -> Account:
    account = Account.objects.create(username=name, display_name=f"{role}的人")
    Post.objects.create(account=account, organisation=where, role=role)
    return account


def _furnish(world: World, owner: str, places: Mapping[str, Organisation], clerk: Account, home: Path) -> None:
    """One of everything for one owner."""
    ours, low = places[owner], owner.lower()
    closed, opened = _entry(f"closed_{low}", ours), _entry(f"open_{low}", ours)
    batch = _land(closed, home, mark("row", owner), mark("reject", owner))
    _land(opened, home, "公开的行", "坏行")
    change = changing.begin_change(opened, actor=SYSTEM, reason="测试")
    dataset = publish_dataset(opened, actor=SYSTEM, reason="测试")
    proposed = catalog.propose_resource(_draft(f"proposed_{low}", ours), actor=SYSTEM)
    app, secret = create_application(ours, mark("application", owner), app_id=f"app-{low}")
    if owner == "B":
        world.secret = secret.encode()
    grant = access.give_grant(
        closed, actor=SYSTEM, subject_kind=SubjectKind.ORGANISATION, subject_key=places["government"].uscc,
        columns=["code", "name"], doors=[Door.GATEWAY], basis=mark("grant", owner), valid_until=clock.now() + timedelta(9),
    )
    person = _employ(f"person-{low}", ours, "reception" if owner == "D" else "clerk")
    Account.objects.filter(pk=person.pk).update(display_name=mark("person", owner))
    job = enqueue("collection.collect", actor=actor_of(clerk), title=mark("job", owner), arguments={"inbox": "0" * 32})
    order, other = (_finding(owner, ours, number) for number in (1, 2))
    waits, held = _instance(ours, mark("case", owner)), _instance(ours, mark("case", owner))
    Step.objects.filter(instance=held).update(assignee=person)
    step = Step.objects.get(instance=waits)
    answered = _answer(actor_of(clerk), owner)
    kept = record(actor_of(clerk), "catalog.published", closed, basis=mark("record", owner))
    world.keys[owner] = {
        "key": app.keys.get().key_id, "post": str(person.posts.get().pk), "uscc": ours.uscc, "organisation": str(ours.pk),
        "application": str(app.pk), "resource": str(closed.pk), "session": str(clerk.sessions.get().pk),
        "code": closed.code, "draft": str(answered[0].uuid), "step": str(step.uuid), "clerk": str(clerk.pk), "order": other.number,
    }
    source, feed, run = _data_source(closed, owner)
    procedure = publish_procedure(_procedure(f"flow-{low}", "发给谁看"), actor=SYSTEM).procedure
    world.keys[owner]["theme"] = declared_theme(f"theme-{low}", ours.slug, places["bureau"].slug, title="改过的一件事")
    world.keys[owner]["procedure"] = _procedure(f"flow-{low}", "改过的")
    table: dict[str, object] = {"table": closed.table}
    found: dict[str, dict[str, object]] = {
        "resource": table, "open_resource": {"table": opened.table}, "proposal": {"table": proposed.table},
        "report": {"month": _report()}, "report_paper": {"month": _report(), "form": "pdf"}, "rejects": {**table, "batch": batch},
        "dataset": {"slug": dataset.slug}, "grant": {"uuid": grant.uuid},
        "application": {"app_id": app.app_id}, **_exchanges(app, closed, source, low),
        "person": {"pk": person.pk}, "organisation": {"slug": ours.slug},
        "job": {"uuid": job.uuid}, "record": {"record": kept.pk}, "closed_dataset": {"slug": f"closed-{low}"},
        "bureau": {"slug": ours.slug}, "procedure": {"slug": procedure.slug}, "procedure_version": {"slug": procedure.slug, "number": 1},
        "step": {"uuid": step.uuid}, "case": {"uuid": waits.uuid},
        "order": {"key": order.number}, "change": {"uuid": change.uuid}, "entry_version": {**table, "number": 1},
        "demand": {"uuid": _demand(ours).uuid}, "system": {"code": _system(owner, ours).code}, **_sharing(owner, ours, places["bureau"]),
        "destruction": {"uuid": _destruction(closed, owner).uuid},
        **_standards(owner, ours), "element": {"field": "resident_id"}, "public_set": {"code": "GB/T 2261.1"},
        "form": {"slug": "work-order-found"}, "submission": {"uuid": answered[1].uuid},
        "data_source": {"slug": source.slug}, "front": {"slug": f"front-{low}"},
        "feed": {"uuid": feed.uuid}, "feed_run": {"uuid": run.uuid},
        "attachment": {"uuid": UUID(answered[1].values["photos"][0])},
        "artefact": {**table, "name": "schema.json"}, **_service(owner, ours, places["bureau"]),
    }
    for kind, parameters in found.items():
        world.places.setdefault(kind, {})[owner] = parameters


def _exchanges(app: Application, entry: Resource, source: Source, low: str) -> dict[str, dict[str, object]]:
    """The entry on every way in bulk to the application, and its provider's own interface."""
    common = {"application": app, "resource": entry, "created_at": clock.now()}
    told = Subscription.objects.create(url="https://receiver.example/hook", version=1, secret="", **common)
    target = Target.objects.create(
        slug=f"front-{low}", name="前置库", organisation=app.organisation, address="postgresql://u@h/d", secret="", created_at=clock.now()
    )
    order = FileOrder.objects.create(**common)
    exchange = TableExchange.objects.create(target=target, table="names", mapping={"code": "code"}, **common)
    run = ExchangeRun.objects.create(exchange=exchange, receipt="{}", started_at=clock.now())
    token, _ = recipients.make_token(app, actor=SYSTEM)
    proxy = Proxy.objects.create(
        resource=entry, source=source, path="/names", parameters={"code": "id"}, sample={"code": "K1"}, state="active",
        asked_key="x", asked_at=clock.now(),
    )
    return {
        "subscription": {"uuid": told.uuid}, "table_exchange": {"uuid": exchange.uuid}, "receiver": {"slug": target.slug},
        "file_order": {"uuid": order.uuid}, **_packed(order, low),
        **_platform(app, low),
        "exchange_receipt": {"pk": run.pk}, "share_token": {"pk": token.pk}, "proxy": {"pk": proxy.pk},
    }


def _packed(order: FileOrder, low: str) -> dict[str, dict[str, object]]:
    """A package of the order whose file is gone, and the receipt of an answer to its application."""
    grant = access.give_grant(
        order.resource, actor=SYSTEM, subject_kind=SubjectKind.APPLICATION, subject_key=order.application.app_id, columns=["code"],
        doors=[Door.FILE], basis="测试", valid_until=clock.now() + timedelta(9),
    )
    key = ReceiverKey.objects.create(
        application=order.application, public="04", fingerprint=low, registered_by="x", registered_at=clock.now(),
    )
    package = Package.objects.create(order=order, key=key, grant=grant.uuid, version=1, shape="", state="offered")
    identifier, folder = uuid4(), Path(settings.SUIXIN.home, "evidence", "answers")
    folder.mkdir(parents=True, exist_ok=True)
    told = {"requester": {"kind": "application", "key": order.application.app_id}}
    (folder / f"{identifier}.json").write_bytes(orjson.dumps({"receipt": told}))
    return {"package": {"uuid": package.uuid}, "answer_receipt": {"uuid": identifier}}


def _platform(app: Application, low: str) -> dict[str, dict[str, object]]:
    """A platform that exchanges with us through that application, an entry of it, and a request for that."""
    Platform.objects.get_or_create(code="ours", defaults={"name": "本平台", "level": "city", "division": "510900"})
    key = f"04{'ab' * 64}"
    peer = Peer.objects.create(
        code=f"peer-{low}", name="对端", role="equal", state="active", signing_key=key, signing_key_id="link:1", encryption_key=key,
        encryption_key_id="link:1", asked_key="x", asked_at=clock.now(), decided_key="y",
    )
    link = Link.objects.create(peer=peer, level="city", division="511000", application=app, connected_at=clock.now())
    entry = RemoteEntry.objects.create(
        link=link, code="307/1", table="t", title="对端的名单", provider="某厅", version=1, number=1, told_at=clock.now(),
        content={"items": [canon.item_content(one) for one in ITEMS]},
    )
    said = {"columns": ["code"], "law": "条例", "document": "一号", "article": "", "scenario": "核对参保情况", "divisions": [],
            "until": str(clock.today() + timedelta(9)), "row_filter": ""}
    asked = RemoteRequest.objects.create(entry=entry, organisation=app.organisation, said=said, drafted_at=clock.now(), drafted_by="x")
    return {"platform": {"code": peer.code}, "remote_entry": {"pk": entry.pk}, "remote_request": {"uuid": asked.uuid}}


def _procedure(slug: str, title: str) -> str:
    return f"{{id: {slug}, title: {title}, promised: 5wd, nodes: {{review: {{role: clerk, organisation: $party, limit: 1wd}}}}}}"


def _data_source(entry: Resource, owner: str) -> tuple[Source, Feed, FeedRun]:
    """A source that pushes, its feed with a change of columns that waits, and a run that failed for it."""
    draft = SourceDraft(mark("data_source", owner), f"push-{owner.lower()}", Kind.PUSH, entry.provider, options={"application": "app-b"})
    source = declaring.declare_source(draft, actor=SYSTEM)
    columns = (Column("code"), Column("name"))
    feed = declaring.declare_source_feed(
        source, entry, FeedDraft("messages", {"code": "code", "name": "name"}, schedule=""), columns=columns, actor=SYSTEM
    )
    front = {"application": "app-b" if owner == "B" else "app-other"}
    declaring.declare_source(SourceDraft("前置机", f"front-{owner.lower()}", Kind.AGENT, entry.provider, options=front), actor=SYSTEM)
    changed = [one.as_dict() for one in (Column("code"), Column("full_name"), Column("extra"))]
    changes = {"added": ["extra"], "dropped": [], "renamed": [["name", "full_name"]], "retyped": []}
    Drift.objects.create(feed=feed, columns=changed, changes=changes, found_at=clock.now())
    run = FeedRun.objects.create(feed=feed, state=RunState.FAILED, sentence="来源的列变了。", code="source-422", created_at=clock.now())
    return source, feed, run


def _instance(where: Organisation, title: str) -> Instance:
    """One whose first step waits for the clerks of an organisation."""
    if not Procedure.objects.filter(slug="walked").exists():
        accept = flow.task("accept", where="$place", form="work-order-found")
        flow.publish(Declaration("walked", "走查", (accept,), lead="$place", fields={"内容": "C"}))
    subject = Subject("test.thing", where.slug)
    return start("walked", subject, actor=SYSTEM, title=title, parties={"place": where}, data={"内容": title})


def _report() -> str:
    """The month of a report that everybody's data are in."""
    month = "2020-01"
    empty: dict[str, object] = {"figures": [], "tables": []}
    return keep_report(month, empty, actor=SYSTEM).month


def _finding(owner: str, ours: Organisation, number: int) -> WorkOrder:
    return open_order(
        "general", subject=Subject("flow.finding", ours.slug), title=mark("order", owner), detail="问题", organisation=ours,
        fingerprint=f"{owner}{number}", actor=SYSTEM,
    )


def _answer(actor: Actor, owner: str) -> tuple[Draft, Submission]:
    """A draft, and what was handed in with a picture."""
    form, answers = form_of("work-order-found"), {
        "title": mark("answer", owner), "kind": "data", "found_on": "2026-01-01", "is_urgent": False, "contact": "某人",
        "description": mark("answer", owner), "mobile": "13800138000",
    }
    draft = save_draft(form, Saving(uuid4(), 0, answers), actor=actor)
    given = save_draft(form, Saving(uuid4(), 0, answers, uploads={"photos": [upload()]}, subject=("test.thing", owner)), actor=actor)
    return draft, submit(form, given.uuid, 1, actor=actor)


def _demand(ours: Organisation) -> Demand:
    return demands.file_demand(Wanted("某名单", "走查用", "某办法第一条", [("名称", "")]), ours, actor=SYSTEM)


def _sharing(owner: str, ours: Organisation, bureau: Organisation) -> dict[str, dict[str, object]]:
    """A basket that the organisation is still filling, a refused part with a dispute, a share: all of entries of the bureau."""
    entry, until = _entry(f"shared_{owner.lower()}", bureau), clock.now() + timedelta(90)
    request = sharing.open_request(mark("share", owner), ours, actor=SYSTEM)
    part = sharing.add_parts(request, [entry], actor=SYSTEM)[0]
    refused = Part.objects.create(request=request, resource=entry, state=PartState.REFUSED, columns=["code"])
    terms = ShareTerms(["code"], mark("share", owner), "某办法第一条", until)
    share = grant_request(entry, terms, organisation=ours, application=None, actor=SYSTEM)
    dispute = open_dispute(refused, actor=SYSTEM, claim=mark("share", owner))
    return {
        "share_request": {"uuid": request.uuid}, "share_part": {"uuid": part.uuid}, "share": {"uuid": share.uuid},
        "share_named": {"share": share.uuid},
        "share_dispute": {"uuid": dispute.uuid},
    }


def _destruction(entry: Resource, owner: str) -> Destruction:
    """One that is done, so that there is a certificate to be read."""
    asked = ask_for_person([(entry, "code")], mark("destruction", owner), basis="某办法第一条", document="测试〔2026〕1号", actor=SYSTEM)
    asked.state, asked.certificate, asked.sealed = "done", '{"certificate":{"done":[],"remains":[]}}', ""
    asked.save()
    return asked


def _standards(owner: str, ours: Organisation) -> dict[str, dict[str, object]]:
    """A draft of the organisation's own codes; another set of its own, published, with a mapping that is not handed on."""
    codes, whose = (f"own-{owner.lower()}", f"mapped-{owner.lower()}"), Owner(ours.path, ours.name)
    made = []
    for code in codes:
        version = standards.begin_version(StandardKind.CODE_SET, code, Told("1", "某代码"), actor=SYSTEM, owner=whose)
        standards.fill_codes(version, [Row("a", "男")], actor=SYSTEM)
        made.append(version)
    standards.publish_version(standards.submit_version(made[1], actor=SYSTEM), actor=SYSTEM)
    held.refresh()
    mapped = mapping.fill_mapping(mapping.begin_mapping(made[1].standard, "GB/T 2261.1", actor=SYSTEM), {"a": "1"}, actor=SYSTEM)
    return {"own_set": {"code": codes[0]}, "mapped_set": {"code": codes[1]}, "mapping": {"uuid": mapped.uuid}}


def _service(owner: str, ours: Organisation, bureau: Organisation) -> dict[str, dict[str, object]]:
    """An item in use, one of its sections, its version; a case of it with its receipt; a theme of it and one of the bureau's."""
    item = service_item(ours)
    code: dict[str, object] = {"code": item.code}
    request = Request(uuid4(), Applicant("某人", "510903180001011238", "13900000002"))
    version = item.versions.select_related("item__organisation").latest("number")
    handed = {number: Handed(MaterialState.UPLOADED) for number in (1, 3)}
    filed = opening.open_case(opening.record_application(request, actor=SYSTEM), version, actor=SYSTEM, handed=handed)
    number: dict[str, object] = {"number": filed.number}
    cases: dict[str, dict[str, object]] = {"service_case": number, "service_paper": {**number, "uuid": filed.documents.get().uuid}}
    theme = service_theme(f"theme-{owner.lower()}", ours, bureau)
    matter = service_matter(newest_version(theme), SYSTEM, {"有店面": False}, who=Applicant("某人", "510903180001011238", "13900000002"))
    return {
        "matter": {"number": matter.number},
        **cases, "service_fee": {"uuid": filed.uuid}, "payment": {"provider": "counter"},
        "item": code, "item_paper": {**code, "number": 1, "kind": "form"},
        "item_section": {**code, "section": "g2"}, "item_version": {**code, "number": 1},
        "theme": {"slug": theme.slug},
    }


def _system(owner: str, ours: Organisation) -> InformationSystem:
    return systems.keep_system(SystemDraft(f"system-{owner.lower()}", "某系统"), ours, actor=SYSTEM)


def _draft(table: str, provider: Organisation) -> ResourceDraft:
    contract = Contract("", table, f"名单 {table}", ITEMS, write_mode=WriteMode.UPSERT)
    return ResourceDraft(
        contract, provider.uscc, "307001", open_type="unconditional", share_type="unconditional", abstract="名单",
        secrecy_assessment="保密评〔模拟〕1号", privacy_assessment="个保评〔模拟〕1号",
    )


def _entry(table: str, provider: Organisation) -> Resource:
    return catalog.publish_resource(catalog.propose_resource(_draft(table, provider), actor=SYSTEM), actor=SYSTEM, reason="测试")


def _land(resource: Resource, home: Path, text: str, reject: str) -> int:
    """The number of a batch with one good row and one that is rejected (it has no key)."""
    path = home / f"{resource.table}.csv"
    path.write_text(f"代码,名称,数量\nK1,{text},1\n,{reject},2\n", "utf-8")
    [outcome] = collection.run_feed(path, actor=SYSTEM, resource=resource)
    assert (outcome.status, outcome.accepted, outcome.rejected) == ("landed", 1, 1), outcome
    return int(resource.batches.get().pk)


def _tokens(world: World, accounts: Mapping[str, Account]) -> None:
    ended, text = make_token(accounts["clerk"], "停", scope=TokenScope.READ, days=1)
    ended.expires_at = clock.now() - timedelta(1)
    ended.save()
    world.headers["ended_token"] = {"Authorization": f"Bearer {text}"}
    for member, scope in (("token_read", TokenScope.READ), ("token_write", TokenScope.WRITE)):
        token, text = make_token(accounts["clerk"], mark("token", "A"), scope=scope, days=1)
        world.headers[member] = {"Authorization": f"Bearer {text}"}
        world.keys["A"]["token"] = str(token.pk)


def _residents(world: World) -> None:
    """A resident, the legal representative of a firm, and agencies: of that firm (A), of another (B)."""
    for member, person, is_firm in (("resident", resident("zhou"), False), ("firm_agent", resident("feng", firms=(FIRM,)), True)):
        token = secrets.token_hex(8)
        session(person, token, for_firm=is_firm)
        world.browsers[member] = Client()
        world.browsers[member].cookies["resident"] = token
    other = Firm.objects.create(uscc="91510903XX00009999", name="别的企业")
    for owner, firm in (("A", Firm.objects.get(uscc=FIRM.uscc)), ("B", other)):
        made = Agency.objects.create(
            firm=firm, agent_name=mark("agent", owner), agent_index=owner * 32, kind="agent", scopes=["affairs"],
            valid_from=clock.today(),
        )
        world.places.setdefault("agency", {})[owner] = {"uuid": made.uuid, "answer": "revoke"}
        world.keys[owner]["agency"] = str(made.uuid)


def _absent(world: World) -> None:
    """Beside what is there, what is not."""
    odd: dict[type, object] = {UUID: uuid4(), int: 999_999_999}
    for found in world.places.values():
        first = dict(found["A"])
        found["0"] = {name: odd.get(type(value), value if name in ("answer", "table") and len(first) > 1 else "absent-0")
                      for name, value in first.items()}


@contextmanager
def no_leftovers() -> Iterator[None]:
    """Everything made within is undone, in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
