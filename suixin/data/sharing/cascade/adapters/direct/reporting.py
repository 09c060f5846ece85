"""Letters to the platform as reports: each thing of each letter once, by (letter, place); what the platform said of it stays.

Again    what failed for a reason that may pass is tried with each turn; after TRIES it is passed over, so that nothing behind it waits
         for ever: an entry is given up, a request or an objection waits on, because only the platform may refuse it
Refused  by a business code: kept with its sentence, sent again when a person says so (`account.replay`)
"""

from collections.abc import Mapping
from typing import Any  # letters are JSON

import orjson
from django.db import transaction

from suixin.data.sharing.cascade.adapters.direct import mapping
from suixin.data.sharing.cascade.adapters.direct.calling import Caller
from suixin.data.sharing.cascade.errors import PeerFault, PeerRefused
from suixin.data.sharing.cascade.models import (
    DirectAccount,
    DirectReport,
    LetterKind,
    Link,
    Outgoing,
    RemoteRequest,
    ReportState,
)
from suixin.kit import clock, crash

TRIES = 5
ASKED = (LetterKind.ASK, LetterKind.DOUBT)  # what somebody waits for the answer of
RESOURCE = "resource"  # the kind of a report of an entry's table, beside that of the entry
GONE = ("withdrawn", "superseded")
FORGOTTEN = "forgotten"  # our own code of what will never go
Json = dict[str, Any]


@transaction.atomic
def expand(link: Link, account: DirectAccount, said: Mapping[str, Any]) -> None:
    """What of a letter is to be reported, noted once; of kinds that the platform does not take nothing is.

    An entry's table is reported behind the entry, and revoked before it.
    """
    things, sequence = _things(said), int(said["sequence"])
    if DirectReport.objects.filter(link=link, sequence=sequence).exists():
        return
    has_tables = said["kind"] == LetterKind.ENTRIES and "resource_register" in account.services
    kinds = [str(said["kind"]), *([RESOURCE] if has_tables else [])]
    DirectReport.objects.bulk_create([
        DirectReport(link=link, sequence=sequence, place=place + turn * len(things), kind=kind, about=about[:120])
        for place, (thing, about) in enumerate(things)
        for turn, kind in enumerate(kinds[::-1] if thing.get("kind") in GONE else kinds)
    ])


def report_waiting(link: Link, account: DirectAccount, caller: Caller, *, faults: list[str]) -> int:
    """How many were settled now, in the order of their letters. Raises PeerFault: the next turn goes on from there.

    `faults`: a sentence for each that waits on while others went; what is about the same waits behind it
    """
    settled, passed = 0, set[tuple[str, str]]()
    waiting_tables = set[tuple[int, str]]()  # of letters that withdraw: there a table comes before its entry
    for report in DirectReport.objects.filter(link=link, state=ReportState.WAITING):
        here, is_table = (report.sequence, report.about), report.kind == RESOURCE
        is_behind = (LetterKind.ENTRIES, report.about) in passed if is_table else here in waiting_tables
        if (report.kind, report.about) in passed or is_behind:
            waiting_tables |= {here} if is_table else set()
            continue
        _settle(link, account, caller, report)
        if report.state == ReportState.WAITING:
            passed.add((report.kind, report.about))
            waiting_tables |= {here} if is_table else set()
            faults.append(report.sentence)
        settled += report.state != ReportState.WAITING
    return settled


def _settle(link: Link, account: DirectAccount, caller: Caller, report: DirectReport) -> None:
    report.tries, report.at = report.tries + 1, clock.now()
    try:
        report.service, body = _call_of(link, account, report)
        if report.service and not caller.offers(report.service):
            raise PeerRefused(f"平台没有下发“{mapping.SERVICES[report.service]}”接口；下发后在平台页填写，再重报。", their_code="")
        answer = caller.call(report.service, body) if report.service else {}
        crash.point("thing_reported")
        report.up_id = _up_id(answer) or report.up_id
        report.state, report.code, report.sentence = ReportState.DONE, "200", ""
    except PeerRefused as error:
        _fail(report, error.sentence, error.their_code, ReportState.REFUSED)
    except PeerFault as error:
        is_over = report.tries >= TRIES
        _fail(report, error.sentence, "", ReportState.REFUSED if is_over and report.kind not in ASKED else ReportState.WAITING)
        if not is_over:
            report.save()
            raise
    report.save()


def _fail(report: DirectReport, sentence: str, code: str, state: str) -> None:
    report.state, report.code, report.sentence = state, code[:40], sentence[:600]
    report.note_fault({"at": clock.now().isoformat(timespec="seconds"), "code": code[:40], "sentence": sentence[:300]})


def _things(said: Mapping[str, Any]) -> list[tuple[Json, str]]:
    """Each thing that the letter tells, with what it is about."""
    content = said["content"]
    match said["kind"]:
        case LetterKind.ENTRIES.value:
            return [(one, str(one["code"])) for one in content["entries"]]
        case LetterKind.ASK.value | LetterKind.DOUBT.value:
            return [(content, str(said["about"]))]
    return []


def _call_of(link: Link, account: DirectAccount, report: DirectReport) -> tuple[str, Json]:
    """Which interface, and the body; "": nothing need be said. Raises PeerRefused: the letter's content is gone."""
    letter = Outgoing.objects.filter(link=link, sequence=report.sequence, is_forgotten=False).first()
    if letter is None:
        raise PeerRefused("信件内容已过保存期，不能再报；请重新办理。", their_code=FORGOTTEN)
    things = _things(orjson.loads(letter.envelope))
    thing, about = things[report.place % len(things)]
    known = up_id_of(link, report.kind, about)
    if report.kind == LetterKind.ASK:
        body = mapping.ask_body(thing, number=about)
        return "resource_apply", body | ({"up_apply_id": known} if known else {})
    if report.kind == LetterKind.DOUBT:
        return "objection_report", mapping.objection_body(thing | {"request": _request_of(link, thing)}, number=about)
    if report.kind == RESOURCE:
        return _resource_call(link, account, thing, known)
    body = mapping.entry_body(thing, division=_division(), codes=account.codes)
    if thing["kind"] in GONE:
        return ("catalog_revoke", {"cata_code": about, "up_cata_id": known, "reason": "目录撤销"}) if known else ("", {})
    return ("catalog_change", body | {"up_cata_id": known}) if known else ("catalog_register", body)


def _resource_call(link: Link, account: DirectAccount, entry: Json, known: str) -> tuple[str, Json]:
    """Which interface for the table of an entry, and the body. Raises PeerRefused: its entry is not registered."""
    if entry["kind"] in GONE:
        revoked = {"res_code": entry["code"], "up_resource_id": known, "reason": "资源撤销"}
        return ("resource_revoke", revoked) if known else ("", {})
    up_id = up_id_of(link, LetterKind.ENTRIES, entry["code"])
    if not up_id:
        raise PeerRefused("它的目录还没有登记，资源没有报；目录登记后再重报。", their_code="")
    body = mapping.resource_body(entry, up_id=up_id, division=_division(), codes=account.codes)
    return ("resource_change", body | {"up_resource_id": known}) if known else ("resource_register", body)


def up_id_of(link: Link, kind: str, about: str) -> str:
    """What the platform calls that thing of ours; "" when it has none."""
    found = DirectReport.objects.filter(link=link, kind=kind, about=about[:120], state=ReportState.DONE).exclude(up_id="")
    return str(found.order_by("-sequence", "-place").values_list("up_id", flat=True).first() or "")


def _request_of(link: Link, thing: Mapping[str, Any]) -> str:
    """The request by which the rows of that flow came."""
    for request in RemoteRequest.objects.filter(entry__link=link):
        if flow_of(link, request) == str(thing.get("flow", "")):
            return str(request.uuid)
    return ""


def flow_of(link: Link, request: RemoteRequest) -> str:
    """The name of the flow of a request's rows; always the same."""
    from uuid import NAMESPACE_URL, uuid5

    return str(uuid5(NAMESPACE_URL, f"suixin:direct:{link.code}:{request.uuid}"))


def _division() -> str:
    from suixin.data.sharing.cascade.posting import platform

    return platform().division


def _up_id(answer: object) -> str:
    names = ("up_resource_id", "up_cata_id", "up_apply_id", "up_objection_id", "up_require_id")
    return next((str(answer[name])[:120] for name in names if answer.get(name)), "") if isinstance(answer, Mapping) else ""
