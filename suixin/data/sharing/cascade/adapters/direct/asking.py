"""What the platform is asked for, as letters in its name: its catalogue, how requests stand, results of objections, rows.

Each letter comes with what notes how far was read, called once the letter is kept: cut off, the same is read again, which changes nothing.
Rows are read by pages of the interface that the approval named, everything anew once a day, swept at the end: only when as many came
as there are, and never to nothing before a person agreed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any  # answers are JSON

import orjson
from django.db.models import QuerySet

from suixin.data.collection.sources.cells import as_text
from suixin.data.sharing.cascade import posting
from suixin.data.sharing.cascade.adapters.direct import mapping
from suixin.data.sharing.cascade.adapters.direct.calling import Caller
from suixin.data.sharing.cascade.adapters.direct.reporting import flow_of, up_id_of
from suixin.data.sharing.cascade.errors import PeerFault, PeerRefused
from suixin.data.sharing.cascade.models import (
    AskState,
    DirectAccount,
    DirectReport,
    FlowState,
    Intake,
    LetterKind,
    Link,
    Objection,
    ObjectionState,
    RemoteRequest,
    ReportState,
)
from suixin.kit import clock
from suixin.kit.sm import sm3_hex


class EndedEarly(PeerFault):
    """What came is not as much as the platform says there is: nothing may be taken for gone."""


PAGE, MOST_PAGES, AGAIN = 500, 10_000, timedelta(days=1)
Json = dict[str, Any]
Keep = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to be; `keep` is called once it is kept."""

    kind: LetterKind
    content: Json
    keep: Keep
    about: str = ""
    rows: int = 0


def letters(link: Link, account: DirectAccount, caller: Caller, *, faults: list[str]) -> Iterator[Letter]:
    """All that the platform has for us now, at most every `minutes`; what cannot be read is a sentence in `faults`."""
    yield from _not_taken(link)
    now = clock.now()
    last = account.pulled.get("at", "")
    if last and datetime.fromisoformat(last) + timedelta(minutes=account.minutes) > now:
        return
    before, ended = len(faults), list[int]()
    if caller.offers("catalog_query"):
        yield from _tried(_catalogue(link, account, caller, faults), faults)
    if caller.offers("apply_status"):
        for request in _asked(link, AskState.SENT, AskState.DECIDING, AskState.AGREED):
            for letter in _tried(_answer(link, account, caller, request), faults):
                ended += [request.pk] if letter.content["state"] != AskState.AGREED else []
                yield letter
    if caller.offers("objection_status"):
        yield from _tried(_verdicts(link, account, caller), faults)
    for request in _asked(link, AskState.AGREED).exclude(pk__in=ended):
        yield from _tried(_rows(link, account, caller, request), faults)
    if len(faults) == before:
        _note(account, at=now.isoformat())


def _tried(found: Iterator[Letter], faults: list[str]) -> Iterator[Letter]:
    """What one matter gives; its fault does not keep the others from being asked about."""
    try:
        yield from found
    except (PeerFault, PeerRefused) as error:
        faults.append(error.sentence)


def _note(account: DirectAccount, **told: object) -> None:
    account.pulled = {**account.pulled, **told}
    account.save(update_fields=["pulled"])


def _asked(link: Link, *states: str) -> QuerySet[RemoteRequest]:
    return RemoteRequest.objects.select_related("entry").filter(entry__link=link, state__in=states).order_by("pk")


def _not_taken(link: Link) -> Iterator[Letter]:
    """Requests and objections that the platform did not take at all: answered with its sentence; without its code it said nothing."""
    asked = DirectReport.objects.filter(link=link, kind__in=(LetterKind.ASK, LetterKind.DOUBT)).order_by("sequence", "place")
    last = {(one.kind, one.about): one for one in asked}
    told = {name: one.sentence for name, one in last.items() if one.state == ReportState.REFUSED and one.code}
    for request in _asked(link, AskState.SENT):
        if sentence := told.get((LetterKind.ASK.value, str(request.uuid))):
            answer = {"state": AskState.REFUSED.value, "stage": "未受理", "answer": sentence, "due_at": ""}
            yield Letter(LetterKind.ANSWER, answer, _nothing, about=str(request.uuid))
    for one in Objection.objects.filter(intake__link=link, state=ObjectionState.SENT):
        if sentence := told.get((LetterKind.DOUBT.value, str(one.uuid))):
            yield Letter(LetterKind.VERDICT, {"state": ObjectionState.REFUSED.value, "answer": sentence}, _nothing, about=str(one.uuid))


def _nothing() -> None:
    """What was read needs no note."""


def _catalogue(link: Link, account: DirectAccount, caller: Caller, faults: list[str]) -> Iterator[Letter]:
    since, newest = int(account.pulled.get("catalogue", 0)), 0
    known, ours = dict(link.entries.values_list("code", "number")), reported_codes(link, LetterKind.ENTRIES)
    for rows in pages(caller.call, "catalog_query", {"update_time_start": since}, title="目录查询"):
        theirs = (row for row in rows if not is_ours(row, ours))
        told = [one for row in theirs if (one := _entry(row, account, faults)) is not None]
        newest = max([newest, *(one["number"] for one in told)])
        entries = [one for one in told if known.get(one["code"], -1) < one["number"]]
        if entries:
            yield Letter(LetterKind.ENTRIES, {"entries": [_plain(one) for one in entries]}, _nothing, rows=len(entries))
    if newest > since:
        _note(account, catalogue=newest)


def reported_codes(link: Link, kind: str) -> set[str]:
    """Codes of what was ever to be reported there."""
    return set(DirectReport.objects.filter(link=link, kind=kind).values_list("about", flat=True).distinct())


def is_ours(row: Mapping[str, Any], codes: Collection[str]) -> bool:
    """Whether what the platform lists came from here: by our division, or by a code that we reported."""
    return str(row.get("region_code", "")) == posting.platform().division or str(row.get("cata_code", "")) in codes


def _entry(row: Mapping[str, Any], account: DirectAccount, faults: list[str]) -> Json | None:
    """One row; None with a sentence when it has not the form that it should: the others are taken all the same."""
    try:
        return mapping.entry_of(row, codes=account.codes)
    except (KeyError, TypeError, ValueError) as error:
        name = str(row.get("cata_code", ""))[:60]
        faults.append(f"对端目录的一条（{name}）不合格式（{type(error).__name__} {error!s:.60}），没有收；请核对平台页上的字段名。")
        return None


def _plain(entry: Json) -> Json:
    from suixin.data.catalog import canon

    content = entry["content"]
    return entry | {"content": content | {"items": [canon.item_content(one) for one in content["items"]]}}


def _answer(link: Link, account: DirectAccount, caller: Caller, request: RemoteRequest) -> Iterator[Letter]:
    if not (known := up_id_of(link, LetterKind.ASK, str(request.uuid))):
        return
    said = _mapping(caller.call("apply_status", {"up_apply_id": known, "apply_no": str(request.uuid)}), "申请审批状态")
    code = str(said.get("status", ""))
    state = mapping.code_of("states", code, account.codes)
    if not state:
        raise PeerFault(f"对端说的申请状态“{code[:20]}”不认识；请在平台页的代码里补上它的含义。")
    answer = {
        "state": state, "stage": str(said.get("stage") or mapping.STAGES.get(code, code)), "answer": str(said.get("opinion", "")),
        "due_at": _moment(said.get("deadline")),
    }
    keep = _served(account, request, said.get("service"))
    if (answer["state"], answer["stage"], answer["answer"]) != (request.state, request.stage, request.answer):
        yield Letter(LetterKind.ANSWER, answer, keep, about=str(request.uuid))
    else:
        keep()


def _served(account: DirectAccount, request: RemoteRequest, service: object) -> Keep:
    """What notes the interface by which rows of an approved request are read; another one is read from its beginning."""
    if not isinstance(service, Mapping) or not mapping.PATH.fullmatch(str(service.get("path", ""))) or ".." in str(service["path"]):
        return _nothing
    place, told = f"rows:{request.uuid}", {"path": str(service["path"]), "sid": str(service.get("sid", ""))}
    held = account.pulled.get(place, {"number": 0, "had": 0})
    if not mapping.is_header(told["sid"]) or told.items() <= held.items():
        return _nothing
    return lambda: _note(account, **{place: {**held, **told, **_from_start(held["number"]), "at": ""}})


def _verdicts(link: Link, account: DirectAccount, caller: Caller) -> Iterator[Letter]:
    for one in Objection.objects.filter(intake__link=link, state=ObjectionState.SENT).order_by("pk"):
        if known := up_id_of(link, LetterKind.DOUBT, str(one.uuid)):
            said = _mapping(caller.call("objection_status", {"up_objection_id": known}), "异议处理结果")
            if state := mapping.code_of("verdicts", said.get("status", ""), account.codes):
                yield Letter(LetterKind.VERDICT, {"state": state, "answer": str(said.get("opinion", ""))}, _nothing, about=str(one.uuid))


def _rows(link: Link, account: DirectAccount, caller: Caller, request: RemoteRequest) -> Iterator[Letter]:
    """The flow of an approved request once, then its rows by pages; a reading that was cut off goes on with its page."""
    place, flow = f"rows:{request.uuid}", flow_of(link, request)
    held = account.pulled.get(place)
    if held is None or (held["at"] and datetime.fromisoformat(held["at"]) + AGAIN > clock.now()):
        return
    is_accepted = Intake.objects.filter(uuid=flow, link=link, resource__isnull=False).exists()
    if date.fromisoformat(request.said["until"]) < clock.today() or (held["number"] and not is_accepted):
        return
    items = [one for one in request.entry.content["items"] if one["field"] in request.said["columns"]]
    fields, key = [one["field"] for one in items], [one["field"] for one in items if one.get("is_key")]
    if not held["number"]:
        told = {"title": request.entry.title, "code": request.entry.code, "request": str(request.uuid), "items": items, "key": key}
        yield Letter(LetterKind.FLOW, told | {"divisions": request.said["divisions"], "until": request.said["until"]}, _nothing, about=flow)

    def ask(_: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 JSON
        return caller.call_at(held["path"], held["sid"], {**body, "apply_no": str(request.uuid)}, title=request.entry.title, is_rows=True)

    number, page, seen, waiting = int(held["number"]), int(held["page"]), int(held.get("seen", 0)), list[Json]()
    try:
        for rows in pages(ask, "", {}, first=page, seen=seen, title=request.entry.title):
            if waiting:
                number, page, seen = number + 1, page + 1, seen + len(waiting)
                far = {"number": number, "page": page, "seen": seen}
                yield _part(waiting, (fields, key), number, 0, _turned(account, place, far), flow)
                if not is_accepted:  # one portion waits for whoever accepts the flow; the rest is read then
                    return
            waiting = rows
    except EndedEarly:
        _note(account, **{place: {**account.pulled[place], **_from_start(number)}})
        raise
    seen += len(waiting)
    if not seen and held.get("had") and not _is_empty_agreed(link, account, place, flow):
        return
    done = {**_from_start(number + 1), "number": number + 1, "had": seen, "is_held": False, "at": clock.now().isoformat()}
    yield _part(waiting, (fields, key), number + 1, int(held["first"]), _turned(account, place, done), flow)


def _from_start(number: int) -> Json:
    """Where a reading of everything begins after that many parts."""
    return {"page": 1, "seen": 0, "first": number + 1}


def _is_empty_agreed(link: Link, account: DirectAccount, place: str, flow: str) -> bool:
    """Whether a person let the flow go on after it was held because all rows had gone; the first time it is held."""
    intakes = Intake.objects.filter(uuid=flow, link=link, state=FlowState.ENABLED)
    if account.pulled[place].get("is_held"):
        return intakes.exists()
    sentence = f"对端这次一行也没有给，上次有 {account.pulled[place]['had']:,} 行；没有删除。请与对端核对，确实全部没有了再继续接收。"
    if intakes.update(state=FlowState.HELD, sentence=sentence):
        _note(account, **{place: {**account.pulled[place], "is_held": True}})
    return False


def _turned(account: DirectAccount, place: str, told: Json) -> Keep:
    return lambda: _note(account, **{place: {**account.pulled[place], **told}})


def _part(rows: Sequence[Json], shape: tuple[list[str], list[str]], number: int, sweep: int, keep: Keep, flow: str) -> Letter:
    fields, key = shape
    cells = [[as_text(one.get(name)) for name in fields] for one in rows]
    content = {
        "columns": fields, "key": key, "rows": cells, "gone": [], "is_last": bool(sweep), "sweep": sweep, "number": number,
        "first_version": 0, "last_version": 0,
    }
    return Letter(LetterKind.ROWS, content, keep, about=flow, rows=len(cells))


def pages(
    ask: Callable[[str, Mapping[str, Any]], Any], service: str, body: Json, *, title: str, first: int = 1, seen: int = 0,
) -> Iterator[list[Json]]:
    """Pages of an answer {total, list} that are not empty, one at a time; how long they are is the platform's choice.

    `first`, `seen`: the page to go on with, how many came before it. They end with the total, without one with an empty page.
    Raises PeerFault: a page that came before, pages without end; EndedEarly: fewer than the total.
    """
    before = ""
    for page in range(first, MOST_PAGES):
        said = _mapping(ask(service, body | {"page_no": page, "page_size": PAGE}), title)
        rows, total = said.get("list"), said.get("total")
        if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
            raise PeerFault(f"“{title}”的答复没有 list；请核对平台页上的字段名。")
        digest = sm3_hex(orjson.dumps(rows))
        if rows and digest == before:
            raise PeerFault(f"“{title}”的第 {page} 页与前一页相同；请对方核对分页。")
        before, seen = digest, seen + len(rows)
        most = int(str(total)) if str(total).isdecimal() else None
        if most is not None and (seen > most or (not rows and seen < most)):
            raise EndedEarly(f"“{title}”说共有 {most:,} 条，却给了 {seen:,} 条；没有当作读完，也没有删除，下次从头读，请对方核对分页。")
        if rows:
            yield rows
        if not rows or seen == most:
            return
    raise PeerFault(f"“{title}”超过 {MOST_PAGES:,} 页，没有读完；请对方核对分页。")


def _mapping(answer: object, title: str) -> Json:
    if not isinstance(answer, Mapping):
        raise PeerFault(f"“{title}”的答复没有 data；请核对平台地址和接口路径。")
    return dict(answer)


def _moment(told: object) -> str:
    """A limit in milliseconds or as text, as ISO; "" when there is none or nobody can read it."""
    try:
        if isinstance(told, int) or str(told).isdecimal():
            return datetime.fromtimestamp(int(str(told)) / 1000, clock.CHINA).isoformat()
        found = datetime.fromisoformat(str(told))
    except (ValueError, OverflowError, OSError):
        return ""
    return (found if found.tzinfo else found.replace(tzinfo=clock.CHINA)).isoformat()
