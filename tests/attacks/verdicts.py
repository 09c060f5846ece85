"""Who may read and do what at which address, written by hand: not taken from the code under test.

A verdict is a text: members of the cast, each with the owners whose things it may touch, as in `clerk=A auditor=ABD`.
`*` for an owner: the address names no thing. Whom a verdict does not name is refused there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile

Verdict = Mapping[str, str]
Form = Callable[[Mapping[str, str]], Mapping[str, object]]


def verdict(text: str) -> Verdict:
    """The members and owners of a text."""
    return dict(part.split("=") for part in text.split())


def every(members: str, owners: str) -> str:
    """Each of the members may touch things of those owners."""
    return " ".join(f"{member}={owners}" for member in members.split())


WORKING = (
    "clerk head_of_sharing department_head outsider data_officer reception review coordination supervision leader auditor"
    " district_officer district_reception district_clerk"
)
SIGNED_IN = every(f"{WORKING} administrator security_officer operator district_administrator expired", "*")
STRANGERS = "public resident firm_agent disabled token_read token_write ended_token application"
PUBLIC = f"{SIGNED_IN} {every(STRANGERS, '*')}"
OPENED = PUBLIC.replace("*", "ABD")

CATALOGUE = every(WORKING, "ABD")
ENTRY = OPENED  # an entry in force is everybody's to read
GRANTS = "head_of_sharing=A department_head=A district_officer=D district_reception=D " + every(
    "data_officer reception review coordination supervision leader auditor", "ABD"
)
SUSPEND = "head_of_sharing=A department_head=A district_officer=D data_officer=ABD supervision=ABD"
SHARE = "head_of_sharing=A department_head=A district_officer=D data_officer=ABD"
EXCHANGES = "clerk=A head_of_sharing=A department_head=A outsider=B district_officer=D district_reception=D district_clerk=D " + every(
    "data_officer reception review coordination supervision leader auditor", "ABD"
)
EXCHANGES_ANY = every(" ".join(verdict(EXCHANGES)), "ABD")  # a platform is nobody's: who sees exchange sees it
SHARE_OUT = "head_of_sharing=A department_head=A district_officer=D data_officer=ABD"
DRAFT_ITEMS = "clerk=A department_head=A outsider=B district_officer=D district_clerk=D data_officer=ABD"
REJECTS = "clerk=A head_of_sharing=A department_head=A outsider=B district_officer=D district_clerk=D data_officer=ABD"
QUALITY = f"{REJECTS} review=ABD supervision=ABD leader=ABD auditor=ABD"
ORDERS = f"{GRANTS} clerk=A outsider=B district_clerk=D"
KEEP_ORDERS = "data_officer=ABD supervision=ABD district_officer=D"
OPEN_ORDER = "clerk=A head_of_sharing=A outsider=B district_officer=D district_clerk=D data_officer=ABD"
DRAFTS = "clerk=A outsider=B district_officer=D district_clerk=D data_officer=ABD"
DESTRUCTIONS = f"{DRAFTS} department_head=A auditor=ABD"
DATA_SOURCES = f"{DRAFTS} auditor=ABD"
ROWS = "clerk=A head_of_sharing=A department_head=A outsider=B district_officer=D district_clerk=D data_officer=ABD"
# both also give or end a grant, for which the head of a department and the reviewer have no right
WITHDRAW = "head_of_sharing=A department_head=A district_officer=D data_officer=ABD review=ABD"
APPLICATIONS = "clerk=A head_of_sharing=A department_head=A outsider=B district_officer=D district_clerk=D " + every(
    "data_officer supervision security_officer auditor", "ABD"
)
EDIT_APPLICATION = "head_of_sharing=A district_officer=D data_officer=ABD"
REVOKE_KEY = f"{EDIT_APPLICATION} department_head=A supervision=ABD security_officer=ABD"
PEOPLE = "administrator=ABD security_officer=ABD auditor=ABD district_administrator=D"
KEEP_PEOPLE = "administrator=ABD district_administrator=D"
MACHINE = every("administrator auditor operator", "ABD")
AUDIT = "auditor=ABD"
OWN = "clerk=A outsider=B district_clerk=D"
CASES = "clerk=A head_of_sharing=A department_head=A outsider=B district_officer=D district_reception=D district_clerk=D " + every(
    "data_officer reception review coordination supervision leader auditor", "ABD"
)
COLLEAGUES = f"{OWN} head_of_sharing=A department_head=A supervision=ABD"  # who works in a place, or hands over its steps
ANSWERS = f"{REJECTS} auditor=ABD"
FILLERS = (
    "clerk head_of_sharing department_head outsider data_officer reception review coordination supervision district_officer"
    " district_reception district_clerk"
)
DOUBTS = "clerk=A head_of_sharing=A outsider=B district_officer=D district_clerk=D data_officer=ABD"
ASKS_OF_DOUBTS = f"{DOUBTS} reception=ABD district_reception=D"  # what people at a window say of data
REPORTS = every("data_officer review supervision leader auditor", "ABD")  # they tell of every department
RESIDENTS = every("resident firm_agent", "*")
APPLY = every("resident firm_agent", "ABD")
SERVICE_CASES = "clerk=A department_head=A outsider=B district_officer=D district_reception=D district_clerk=D " + every(
    "data_officer reception supervision leader auditor", "ABD"
)
RECEIVE = "clerk=A outsider=B district_clerk=D district_reception=D reception=ABD"
ASK_ACROSS = every(" ".join(verdict(REJECTS)), "ABD")  # whoever may ask for data, of any platform
NOBODY = ""
PROCEDURES = every(WORKING, "ABD")
PROCEDURE = "{id: new-one, title: 新流程, promised: 5wd, nodes: {review: {role: clerk, organisation: $party, limit: 1wd}}}"


def anywhere(text: str) -> str:
    """The same members at an address that names no thing."""
    return every(" ".join(verdict(text)), "*")


@dataclass(frozen=True)
class Place:
    """An address: what it names (a kind of `World.places`), who reads it, who does what its form asks for."""

    reads: str
    names: str = ""
    does: str = NOBODY
    form: Form = lambda keys: {}
    query: str = ""
    asks: str = ""  # a query that the address refuses to go without
    shows: str = ""  # a kind of marked text that whoever reads this page sees of all owners


def _reason(**more: str) -> Form:
    return lambda keys: {"reason": "测试", **more}


def _items(wish: str) -> Form:
    form: dict[str, object] = {"title": "改过的名单", "wish": wish}
    for place, (field, kind, length) in enumerate((("code", "C", 12), ("name", "C", 50), ("amount", "N", 12))):
        row = {"name": field, "field": field, "type": kind, "length": length, "scale": 2 if kind == "N" else "", "level": "1", "mask": ""}
        form |= {f"item{place}-{name}": value for name, value in row.items()} | ({"item0-is_key": "on"} if place == 0 else {})
    return lambda keys: form


FILLED: Mapping[str, object] = {
    "_token": "7d7cf3bd-5b7b-4c7f-a8c3-5f6f7a0b1c2d", "_revision": "0", "_page": "0", "_end": "1", "_do": "save", "title": "测试标题",
}

AT_WINDOW: Mapping[str, object] = {
    **FILLED, "title": [], "who_name": "测试人", "who_id": "510903180101055035", "mobile": "13900000001",
}

PLACES: dict[str, Place] = {
    # the portal: what is open is everybody's
    "search": Place(PUBLIC),
    "portal-home": Place(PUBLIC), "dataset-list": Place(PUBLIC), "catalogue": Place(PUBLIC), "developers": Place(PUBLIC),
    "help": Place(PUBLIC), "city-outlines": Place(PUBLIC), "login": Place(PUBLIC), "logout": Place(PUBLIC),
    "bureau": Place(NOBODY, "bureau"), "dataset": Place(OPENED, "dataset"), "dataset-chart": Place(NOBODY, "closed_dataset"),
    "dataset-drawings": Place(NOBODY, "closed_dataset"), "dataset-shapes": Place(OPENED, "dataset"),
    "remote-entry": Place(OPENED, "remote_entry"),
    "catalogue-entry": Place(OPENED, "resource"), "catalogue-card": Place(OPENED, "resource"), "catalogue-atom": Place(PUBLIC),
    "guides": Place(PUBLIC), "guide": Place(OPENED, "item"), "guide-print": Place(OPENED, "item"),
    "guide-file": Place(OPENED, "item_paper"),
    "themes": Place(PUBLIC), "theme": Place(OPENED, "theme"), "theme-print": Place(OPENED, "theme"),
    "oembed": Place(NOBODY),  # answers for an address only, see test_embedding.py
    "indicator": Place(NOBODY, "organisation"),
    "indicator-chart": Place(NOBODY, "organisation"), "login-start": Place(NOBODY, "organisation"),
    "login-back": Place(NOBODY, "organisation"),
    # residents and firms: each its own
    "me": Place(RESIDENTS), "me-signins": Place(RESIDENTS), "me-traces": Place(RESIDENTS), "me-traces-file": Place(RESIDENTS),
    "me-doubts": Place(RESIDENTS), "dataset-doubt": Place(every("resident firm_agent", "ABD"), "dataset"),
    "me-end-sessions": Place(NOBODY), "me-firms": Place(RESIDENTS), "me-act": Place(NOBODY),
    "me-agency": Place(NOBODY, "agency", "firm_agent=A"),
    "me-close": Place(RESIDENTS, does=RESIDENTS, form=lambda keys: {"sure": "on"}),
    # the console: signing in, and one's own account
    "console-login": Place(PUBLIC), "console-login-passkey": Place(PUBLIC), "console-login-second": Place(SIGNED_IN),
    "console-login-password": Place(SIGNED_IN), "console-login-enrol": Place(SIGNED_IN), "console-login-next": Place(SIGNED_IN),
    "console-logout": Place(NOBODY), "console-home": Place(SIGNED_IN), "console-account": Place(SIGNED_IN),
    "console-account-confirm": Place(SIGNED_IN), "console-account-password": Place(SIGNED_IN),
    "console-account-sessions-end": Place(NOBODY), "console-account-totp": Place(SIGNED_IN, does=SIGNED_IN),
    "console-account-passkey": Place(SIGNED_IN), "console-account-codes": Place(NOBODY, does=SIGNED_IN),
    "console-account-factor-remove": Place(NOBODY), "console-account-tokens": Place(SIGNED_IN),
    "console-account-token-revoke": Place(NOBODY, form=lambda keys: {"token": keys["token"]}, does="clerk=*"),
    "console-account-notices": Place(SIGNED_IN, does=SIGNED_IN), "console-notices": Place(SIGNED_IN),
    "console-notices-read": Place(NOBODY, does=SIGNED_IN, form=lambda keys: {"notice": "all"}),
    "console-outbox": Place("operator=* auditor=*"), "console-outbox-retry": Place(NOBODY),
    "console-acting": Place(NOBODY, form=lambda keys: {"organisation": keys["uscc"]}), "console-audit-mine": Place(SIGNED_IN),
    # the console: what waits, and instances
    "console-home of steps": Place(SIGNED_IN, does=anywhere("clerk=A"), form=lambda keys: {"step": [keys["step"]], "move": "claim"}),
    "console-step": Place(CASES, "step", OWN, lambda keys: {"move": "claim"}), "console-cases": Place(anywhere(CASES)),
    "console-case": Place(CASES, "case", f"{OWN} head_of_sharing=A department_head=A", lambda keys: {
        "move": "suspend", "reason": "测试", "document": "测试〔2026〕1号", "legal_basis": "测试"}),
    "console-started": Place(SIGNED_IN), "console-late": Place(anywhere(CASES)), "console-league": Place(anywhere(CASES)),
    "console-league-file": Place(anywhere(CASES)), "console-delegations": Place(SIGNED_IN),
    "console-person-steps": Place(KEEP_PEOPLE, "person", KEEP_PEOPLE, lambda keys: {"reason": "测试", "to": keys["clerk"]}),
    # the console: data
    "console-resources": Place(anywhere(CATALOGUE)), "console-resource": Place(CATALOGUE, "resource"),
    "console-resource of an open one": Place(CATALOGUE, "open_resource", WITHDRAW, _reason()),
    "console-proposal": Place(CATALOGUE, "proposal", DRAFTS, _items("save")),
    "console-catalogue-exchange": Place(anywhere(CATALOGUE)), "console-catalogue-template": Place(anywhere(CATALOGUE)),
    "console-catalogue-lists": Place(anywhere(CATALOGUE)), "console-catalogue-file": Place(anywhere(CATALOGUE)),
    "console-catalogue-lists-file": Place(anywhere(CATALOGUE)), "console-demands": Place(anywhere(CATALOGUE)),
    "console-demand-new": Place(anywhere(DRAFTS)), "console-demand-file": Place(anywhere(DRAFTS)),
    "console-demand": Place(CATALOGUE, "demand", DRAFTS, _reason(move="close")),
    "console-sharing": Place(anywhere(CASES)), "console-sharing-pick": Place(anywhere(REJECTS)),
    **{f"console-sharing-{name}": Place(anywhere(CASES)) for name in ("board", "traffic", "supply", "violations")},
    "console-sharing-throughput": Place(every("data_officer reception review coordination supervision leader auditor", "*")),
    "console-sharing-request": Place(CASES, "share_request", REJECTS, lambda keys: {"move": "name", "title": "改过的申请"}),
    "console-sharing-part": Place(CASES, "share_part", REJECTS, lambda keys: {
        "move": "state", "columns": ["code"], "law": "某办法", "doors": ["rows"]}),
    "console-sharing-share": Place(CASES, "share", REJECTS, _reason(move="finish")),
    "console-sharing-dispute": Place(CASES, "share_dispute", REJECTS, _reason(move="withdraw")),
    "console-destructions": Place(anywhere(DESTRUCTIONS)), "console-destruction-new": Place(anywhere(DRAFTS)),
    "console-destruction": Place(DESTRUCTIONS, "destruction"), "console-destruction-certificate": Place(DESTRUCTIONS, "destruction"),
    "console-retention": Place(DRAFTS, "resource", DRAFTS, lambda keys: {"period": "P5Y", "basis": "测试", "document": "测试〔2026〕1号"}),
    "console-standards": Place(anywhere(CATALOGUE)), "console-code-set-new": Place(anywhere(DRAFTS)),
    "console-code-set": Place(CATALOGUE, "own_set", DRAFTS, lambda keys: {"move": "submit"}),
    "console-code-set-version": Place(DRAFTS, "own_set"), "console-code-set-file": Place(CATALOGUE, "mapped_set"),
    "console-element": Place(CATALOGUE, "element", "data_officer=ABD", lambda keys: {
        "move": "draft", "name": "公民身份号码", "label": "测试", "type": "C", "length": "18", "level": "3"}),
    "console-mappings": Place(anywhere(CATALOGUE)), "console-mapping": Place(CATALOGUE, "mapping", DRAFTS, lambda keys: {"move": "submit"}),
    "console-systems": Place(anywhere(CATALOGUE)), "console-systems-file": Place(anywhere(CATALOGUE)),
    "console-system-new": Place(anywhere(DRAFTS)), "console-system-edit": Place(DRAFTS, "system", DRAFTS, lambda keys: {
        "name": "改过的系统", "protection": "1", "network": "extranet", "state": "running"}),
    "console-system": Place(CATALOGUE, "system", DRAFTS, lambda keys: {"codes": keys["code"]}),
    "console-sources": Place(anywhere(CATALOGUE)), "console-source": Place(NOBODY),
    "console-resource-calls": Place(CATALOGUE, "resource"),
    "console-resource-new": Place(anywhere(DRAFTS)), "console-resource-versions": Place(CATALOGUE, "resource"),
    "console-change-new": Place(DRAFTS, "resource", DRAFTS, lambda keys: {
        "kind": "change", "reason": "测试", "happened_on": "2026-01-05"}),
    "console-change": Place(CATALOGUE, "change", DRAFTS, lambda keys: {"wish": "drop"}),
    "console-grading": Place(f"{CATALOGUE} security_officer=ABD", "resource", f"{DRAFTS} security_officer=ABD",
                             lambda keys: {"level": "3", "basis": "测试"}),
    "console-duplicates": Place("data_officer=* district_officer=*"),
    "console-exemption": Place("data_officer=ABD district_officer=D", "resource", "data_officer=ABD district_officer=D",
                               lambda keys: {"basis": "测试", "until": keys["soon"]}),
    "console-quality": Place(anywhere(QUALITY)), "console-quality-department": Place(QUALITY, "bureau"),
    "console-resource-quality": Place(QUALITY, "resource"), "console-batch": Place(QUALITY, "rejects"),
    "console-rule-library": Place(anywhere(QUALITY)),
    "console-rules": Place(QUALITY, "resource"),  # without a rule or a suggestion nothing there is written
    "console-rule-new": Place(REJECTS, "resource", REJECTS, lambda keys: {
        "template": "required", "__item": "name", "severity": "mark", "reason": "测试", "_do": "attach"}),
    "console-receipt": Place(QUALITY, "rejects"), "console-receipt-key": Place(SIGNED_IN),
    "console-rejects": Place(REJECTS, "rejects"), "console-rejects-file": Place(REJECTS, "rejects"),
    "console-correction-sheet": Place(REJECTS, "rejects"), "console-correction": Place(NOBODY, "rejects"),
    "console-doubt": Place(DOUBTS, "resource", DOUBTS, lambda keys: {
        "row-code": "K1", "field": "name", "expected": "另一个", "evidence": "测试"}),
    "console-doubts": Place(anywhere(ASKS_OF_DOUBTS)), "console-quality-trend": Place(anywhere(QUALITY)),
    "console-reports": Place(anywhere(REPORTS), does="data_officer=*", form=lambda keys: {"month": "2020-02"}),
    "console-report": Place(REPORTS, "report"), "console-report-paper": Place(REPORTS, "report_paper"),
    "console-rejects-order": Place(NOBODY, "rejects", OPEN_ORDER),
    "console-orders": Place(anywhere(ORDERS)), "console-order-new": Place(anywhere(f"{OPEN_ORDER} supervision=ABD")),
    "console-order-find": Place(f"{OPEN_ORDER} supervision=ABD", "bureau", f"{OPEN_ORDER} supervision=ABD", lambda keys: FILLED),
    "console-order": Place(ORDERS, "order", KEEP_ORDERS, lambda keys: {"reason": "测试", "move": "merge", "into": keys["order"]}),
    "console-resource-generated": Place(CATALOGUE, "artefact"),
    "console-fill": Place(DRAFTS, "resource", DRAFTS, lambda keys: {
        "_do": "save", "_revision": "0", "r0-0": "K9", "r0-1": "新的", "r0-2": "1"}),
    "console-catalogue-import": Place(OWN, "job"),
    "console-upload": Place(anywhere(DRAFTS)), "console-upload-job": Place(OWN, "job"),
    "console-grants": Place(anywhere(GRANTS)), "console-grant": Place(GRANTS, "grant", SUSPEND, _reason(move="suspend")),
    "console-grant-new": Place(anywhere(SHARE)),
    "console-grant-new of a resource": Place(SHARE, "resource", SHARE, lambda keys: {
        "organisation": keys["government"], "columns": ["code"], "purpose": "核验", "basis": "测试", "until": keys["soon"],
    }, query="resource", shows="application"),  # one of them is chosen there
    "console-data-sources": Place(anywhere(DATA_SOURCES)), "console-data-source": Place(DATA_SOURCES, "data_source"),
    "console-data-source-new": Place(anywhere(DRAFTS)),
    "console-data-source-edit": Place(DRAFTS, "data_source", DRAFTS, lambda keys: {
        "name": "改过的来源", "option_application": "app-b", "concurrency": "2"}),
    "console-data-source-move": Place(NOBODY, "data_source", DRAFTS, lambda keys: {"move": "pause"}),
    "console-data-source-feed-new": Place(DRAFTS, "data_source"),
    "console-feed": Place(DATA_SOURCES, "feed"), "console-feed-edit": Place(DRAFTS, "feed"),
    "console-feed-move": Place(NOBODY, "feed", DRAFTS, lambda keys: {"move": "pause"}),
    "console-feed-drift": Place(NOBODY, "feed", DRAFTS, _reason(move="keep_out")),
    "console-feed-run": Place(DATA_SOURCES, "feed_run"),
    "console-access": Place(anywhere(GRANTS)),
    # the console: exchange
    "console-exchange": Place(anywhere(EXCHANGES)), "console-cascade": Place(anywhere(EXCHANGES)),
    "console-cascade-joining": Place("data_officer=*", does="data_officer=*", form=lambda keys: {
        "move": "identity", "code": "sn", "name": "新名", "level": "city", "division": "510900"}),
    "console-cascade-introduction": Place("data_officer=*"),
    "console-cascade-ask": Place(ASK_ACROSS, "remote_entry", ASK_ACROSS, lambda keys: {
        "columns": "code", "law": "条例", "document": "一号", "scenario": "核对参保情况用于救助", "until": keys["soon"]}),
    "console-cascade-request": Place(CASES, "remote_request", SHARE_OUT, lambda keys: {"move": "send"}),
    "console-cascade-platform": Place(EXCHANGES_ANY, "platform", "data_officer=ABD", _reason(move="suspend")),
    "console-exchange-minutes": Place(every("data_officer reception review coordination supervision leader auditor", "*")),
    "console-exchange-tables": Place(anywhere(EXCHANGES)), "console-exchange-table-new": Place(anywhere(SHARE_OUT)),
    "console-exchange-table": Place(EXCHANGES, "table_exchange", SHARE_OUT, lambda keys: {"move": "pause"}),
    "console-exchange-receiver-new": Place(anywhere(SHARE_OUT)),
    "console-exchange-receiver": Place(EXCHANGES, "receiver", SHARE_OUT, _reason(move="rotate", password="another")),
    "console-exchange-files": Place(anywhere(EXCHANGES)), "console-exchange-file-new": Place(anywhere(SHARE_OUT)),
    "console-exchange-file": Place(EXCHANGES, "file_order", SHARE_OUT, lambda keys: {"move": "pause"}),
    "console-exchange-subscriptions": Place(anywhere(EXCHANGES)), "console-exchange-subscription-new": Place(anywhere(SHARE_OUT)),
    "console-exchange-subscription": Place(EXCHANGES, "subscription", SHARE_OUT, lambda keys: {"move": "pause"}),
    "console-exchange-proxies": Place(anywhere(EXCHANGES)), "console-exchange-proxy-new": Place(anywhere(DRAFTS)),
    "console-exchange-proxy-new of a resource": Place(DRAFTS, "resource", query="resource"),
    "console-exchange-proxy": Place(EXCHANGES, "proxy", DRAFTS, _reason(move="stop")),
    "console-exchange-recipients": Place(anywhere(EXCHANGES), does="head_of_sharing=* data_officer=*", form=lambda keys: {
        "application": keys["application"], "days": "9"}),
    "console-exchange-recipient": Place(EXCHANGES, "share_token", EDIT_APPLICATION, _reason(move="rotate")),
    "console-exchange-receipts": Place(anywhere(EXCHANGES)), "console-exchange-receipt": Place(EXCHANGES, "exchange_receipt"),
    "console-applications": Place(anywhere(APPLICATIONS)),
    "console-application-new": Place(anywhere(EDIT_APPLICATION)),
    "console-application": Place(APPLICATIONS, "application", EDIT_APPLICATION, _reason(kind="HMAC-SM3")),
    "console-application-rotate": Place(EDIT_APPLICATION, "application", EDIT_APPLICATION, lambda keys: {
        "reason": "测试", "kind": "HMAC-SM3", "key": keys["key"], "overlap_days": "3",
    }),
    "console-application-reach": Place(NOBODY, "application", EDIT_APPLICATION, _reason(networks="10.0.0.0/8")),
    "console-application-revoke": Place(NOBODY, "application", REVOKE_KEY, lambda keys: {"reason": "测试", "key": keys["key"]}),
    # the console: service items
    "console-items": Place(anywhere(CATALOGUE)), "console-item-new": Place(anywhere(DRAFT_ITEMS)),
    "console-item": Place(CATALOGUE, "item", "data_officer=ABD review=ABD district_officer=D", _reason(wish="pause")),
    "console-item-edit": Place(DRAFT_ITEMS, "item_section", DRAFT_ITEMS, lambda keys: {"promise_day": "4"}),
    "console-item-version": Place(CATALOGUE, "item_version"),
    "console-items-exchange": Place(anywhere(CATALOGUE)), "console-items-file": Place(anywhere(CATALOGUE)),
    "console-items-import": Place(OWN, "job"),
    # cases: applicants each their own, departments theirs, windows and supervisors what they govern
    "apply": Place(APPLY, "item", APPLY, lambda keys: {**FILLED, "title": [], "mobile": "13900000001"}),
    "my-cases": Place(RESIDENTS), "my-authorities": Place(RESIDENTS), "my-case": Place(NOBODY, "service_case"),
    "my-contact": Place(RESIDENTS, does=RESIDENTS, form=lambda keys: {"wants_sms": "on"}),
    "pay-simulated": Place(NOBODY, "service_fee"),
    "console-case-money": Place(anywhere(SERVICE_CASES)), "console-case-untold": Place(anywhere(SERVICE_CASES)),
    "theme-apply": Place(APPLY, "theme", APPLY, lambda keys: {**FILLED, "title": [], "mobile": "13900000001"}, asks="?q1=no"),
    "my-matter": Place(NOBODY, "matter"), "my-calendar": Place(RESIDENTS), "my-calendar-file": Place(RESIDENTS),
    "my-letters": Place(RESIDENTS), "console-matters": Place(anywhere(SERVICE_CASES)),
    "console-matter": Place(SERVICE_CASES, "matter", form=lambda keys: {"wish": "deliver", "to": "某人"}),
    "my-paper": Place(NOBODY, "service_paper"), "my-file": Place(NOBODY, "attachment"),
    "console-service-cases": Place(anywhere(SERVICE_CASES)), "console-case-board": Place("supervision=*"),
    "console-service-case": Place(
        SERVICE_CASES, "service_case", "clerk=A department_head=A outsider=B district_clerk=D",
        lambda keys: {"wish": "reply", "text": "测试"}),
    "console-service-paper": Place(SERVICE_CASES, "service_paper"),
    "console-matter-receipt": Place(SERVICE_CASES, "matter"),
    "console-receive-theme": Place("reception=ABD", "theme", "reception=ABD", lambda keys: AT_WINDOW, asks="?q1=no"),
    "console-reception": Place(anywhere(RECEIVE)), "console-receive": Place(RECEIVE, "item", RECEIVE, lambda keys: AT_WINDOW),
    # the console: themes
    "console-themes": Place(anywhere(CATALOGUE)), "console-theme-new": Place(anywhere(DRAFT_ITEMS)),
    "console-theme": Place(CATALOGUE, "theme", "data_officer=ABD review=ABD district_officer=D", _reason(wish="pause")),
    "console-theme-edit": Place(DRAFT_ITEMS, "theme", DRAFT_ITEMS, lambda keys: {"text": keys["theme"]}),
    "console-theme-branches": Place(CATALOGUE, "theme"), "console-theme-bank": Place(anywhere(CATALOGUE)),
    # the console: procedures
    "console-procedures": Place(anywhere(PROCEDURES)), "console-procedure": Place(PROCEDURES, "procedure"),
    "console-procedure-new": Place("data_officer=*", does="data_officer=*", form=lambda keys: {
        "text": PROCEDURE, "wish": "publish"}),
    "console-procedure-edit": Place("data_officer=ABD", "procedure", "data_officer=ABD", lambda keys: {
        "text": keys["procedure"], "wish": "publish"}),
    "console-procedure-yaml": Place(PROCEDURES, "procedure_version"),
    "console-procedure-bpmn": Place(PROCEDURES, "procedure_version"), "console-procedure-simulate": Place(PROCEDURES, "procedure"),
    "console-calendar": Place(anywhere(PROCEDURES), does="data_officer=*", form=lambda keys: {
        "wish": "day", "date": "2099-01-01", "arrangement": "off", "name": "测试", "reason": "测试"}),
    # the console: forms
    "console-forms": Place(every(FILLERS, "*")),
    "console-form": Place(every(FILLERS, "ABD"), "form", every(FILLERS, "ABD"), lambda keys: FILLED),
    "console-step-form": Place(OWN, "step", OWN, lambda keys: FILLED),
    "console-form-drafts": Place(every(FILLERS, "*"), does="clerk=*", form=lambda keys: {"draft": keys["draft"]}),
    "console-form-submission": Place(ANSWERS, "submission"), "console-file": Place(ANSWERS, "attachment"),
    # the console: people
    "console-people": Place(anywhere(PEOPLE)), "console-person-new": Place(anywhere(KEEP_PEOPLE)),
    "console-people-import": Place(anywhere(KEEP_PEOPLE)), "console-people-template": Place(anywhere(KEEP_PEOPLE)),
    "console-person": Place(PEOPLE, "person", KEEP_PEOPLE, _reason(move="disable")),
    "console-organisations": Place(anywhere(PEOPLE)), "console-organisation-new": Place(anywhere(KEEP_PEOPLE)),
    "console-organisation": Place(PEOPLE, "organisation", KEEP_PEOPLE, _reason(public_name="新名")),
    "console-roles": Place(anywhere(PEOPLE)),
    # the console: the machine and the log
    "console-jobs": Place(anywhere(MACHINE)), "console-job": Place(MACHINE, "job", "operator=ABD", _reason()),
    "console-settings": Place(anywhere(MACHINE)), "console-health": Place(anywhere(MACHINE)),
    "console-compliance": Place(anywhere(MACHINE), does="auditor=* operator=*"),
    "console-keys": Place("security_officer=* auditor=*"),
    "console-audit": Place(anywhere(AUDIT)), "console-audit-verify": Place(NOBODY, does=anywhere(AUDIT)),
    "console-audit-export": Place(anywhere(AUDIT)), "console-audit-record": Place(f"{OWN} {AUDIT}", "record"),
    # the JSON API
    "api-v1:openapi-json": Place(PUBLIC), "api-v1:api-root": Place(NOBODY), "api-v1:list_datasets": Place(PUBLIC),
    "api-v1:list_all_code_sets": Place(PUBLIC), "api-v1:show_code_set": Place(OPENED, "public_set"),
    "api-v1:show_case": Place(NOBODY, "service_case"),  # the receipt's code is asked for
    "api-v1:search_items": Place(PUBLIC), "api-v1:show_item": Place(ENTRY, "item"),
    "api-v1:list_themes": Place(PUBLIC), "api-v1:show_theme": Place(ENTRY, "theme"),
    "api-v1:plan_theme": Place(ENTRY, "theme", asks="?answer=有店面=是"),
    "api-v1:search_catalogue": Place(PUBLIC), "api-v1:list_entries": Place(PUBLIC), "api-v1:list_changes": Place(PUBLIC),
    "api-v1:show_entry": Place(ENTRY, "resource"), "api-v1:list_items": Place(ENTRY, "resource"),
    "api-v1:list_versions": Place(ENTRY, "resource"), "api-v1:compare_versions": Place(ENTRY, "resource"),
    "api-v1:show_version": Place(ENTRY, "entry_version"), "api-v1:list_code_sets": Place(ENTRY, "resource"),
    "api-v1:show_impact": Place(every("token_read token_write", "ABD"), "resource"),
    "api-v1:show_change": Place(every("token_read token_write", "ABD"), "change"),
    # one view answers every method of an address; those without GET are read by nobody
    "api-v1:propose_entry": Place(PUBLIC), "api-v1:revise_proposal": Place(ENTRY, "resource"),
    "api-v1:revise_change": Place(every("token_read token_write", "ABD"), "change"),
    "api-v1:drop_change": Place(every("token_read token_write", "ABD"), "change"),
    "api-v1:propose_entries": Place(NOBODY), "api-v1:submit_proposal": Place(NOBODY, "resource"),
    "api-v1:propose_change": Place(NOBODY, "resource"), "api-v1:withdraw_entry": Place(NOBODY, "resource"),
    "api-v1:submit_change": Place(NOBODY, "change"),
    "api-v1:show_dataset": Place(OPENED, "dataset"), "api-v1:show_me": Place(every("token_read token_write", "*")),
    "api-v1:take_receipts": Place(NOBODY),  # a gateway's, by its signature
    "api-v1:take_payment": Place(NOBODY, "payment"),  # a payment provider's, by its signature
    "api-v1:list_share_parts": Place(every("token_read token_write", "*")), "api-v1:list_shares": Place(every("token_read token_write",
        "*")),
    "api-v1:ask_for_data": Place(NOBODY), "api-v1:record_use": Place(NOBODY, "share_named"),
    **{f"api-v1:{name}_share": Place(NOBODY, "share_named") for name in ("suspend", "resume", "terminate")},
    "api-v1:list_my_resources": Place(every("token_read token_write", "*")),
}
# A wrong token is told so wherever a token is read, even where nobody needs one.
TOLD_OF_TOKEN = "/api/v1/"

# The doors before Django: address, who reads through it.
DOORS = {
    "rows": ("/api/v1/datasets/{table}/rows", "resource", "token_read=A token_write=A"),
    "rows of an open one": ("/api/v1/datasets/{table}/rows", "open_resource", OPENED.replace("ended_token=ABD", "")),
    "download": ("/dataset/{table}/resource/{table}/download/{table}.csv", "resource", "token_read=A token_write=A"),
    "lookup": ("/gateway/{table}/lookup?code=K1", "resource", NOBODY),
    "verify": ("/gateway/{table}/verify?code=K1&name=x", "resource", NOBODY),
    "rows for a department": ("/gateway/{table}/rows", "resource", NOBODY),
    "proxy": ("/gateway/{table}/proxy?code=K1", "resource", NOBODY),
    "aggregate": ("/gateway/{table}/aggregate?code__count", "resource", NOBODY),
}

# Addresses before Django of no resource: method, address, whose they are. Who is named is answered, a package whose file is gone by 410.
_SHARED = "/delta-sharing/shares/app-b"
_TABLE = f"{_SHARED}/schemas/default/tables/closed_b"
OTHERS = {
    "packages": ("GET", "/packages/", "package", every("application", "ABD0")),
    "package": ("GET", "/packages/{uuid}/file", "package", "application=B"),
    "package's receipt": ("POST", "/packages/{uuid}/receipt", "package", "application=B"),
    "receipt": ("GET", "/receipts/{uuid}", "answer_receipt", "application=B"),
    # a bearer token alone opens these, which nobody here has
    "shares": ("GET", "/delta-sharing/shares", "share_token", NOBODY), "share": ("GET", _SHARED, "share_token", NOBODY),
    "schemas": ("GET", f"{_SHARED}/schemas", "share_token", NOBODY), "all tables": ("GET", f"{_SHARED}/all-tables", "share_token", NOBODY),
    "tables": ("GET", f"{_SHARED}/schemas/default/tables", "share_token", NOBODY), "head": ("GET", _TABLE, "share_token", NOBODY),
    "version": ("GET", f"{_TABLE}/version", "share_token", NOBODY), "metadata": ("GET", f"{_TABLE}/metadata", "share_token", NOBODY),
    "query": ("POST", f"{_TABLE}/query", "share_token", NOBODY), "changes": ("GET", f"{_TABLE}/changes", "share_token", NOBODY),
    "file": ("GET", "/delta-sharing/files/abc", "share_token", NOBODY),
}

# Addresses before Django that only take what is sent: whose signature they take.
POSTS = {
    "push": ("/api/v1/push/{slug}", "data_source", "application=ABD"),
    "cascade": ("/api/v1/cascade/{slug}", "data_source", NOBODY),  # a peer alone
    "beat": ("/api/v1/agent/{slug}", "front", "application=B"),
    "chunk": ("/api/v1/agent/{slug}/visits/1?sm3=" + "0" * 64, "front", "application=B"),
}

# Who may ever read a marked text, wherever it stands.
SECRETS = {
    "row": f"{ROWS} token_read=A token_write=A", "reject": REJECTS, "order": ORDERS,
    "grant": GRANTS, "application": f"{APPLICATIONS} {GRANTS} application=B",  # a grant names its subject
    "person": f"{PEOPLE} {COLLEAGUES}", "job": f"{OWN} {MACHINE}", "record": f"{OWN} {AUDIT}",
    "token": f"clerk=A {AUDIT}", "agent": "firm_agent=A", "case": CASES,
    "answer": ANSWERS, "data_source": DATA_SOURCES,
}

# Forms that name somebody else's thing at an address of one's own: (address, owner of the thing it names, who, form).
Foreign = Callable[[Mapping[str, Mapping[str, str]]], Mapping[str, object]]
FOREIGN: tuple[tuple[str, str, str, Foreign], ...] = (
    ("console-application-revoke", "A", "head_of_sharing", lambda keys: {"reason": "测试", "key": keys["B"]["key"]}),
    ("console-application-rotate", "D", "district_officer", lambda keys: {
        "reason": "测试", "kind": "HMAC-SM3", "key": keys["A"]["key"], "overlap_days": "3"}),
    ("console-application-new", "*", "head_of_sharing", lambda keys: {"organisation": keys["B"]["organisation"], "name": "冒名"}),
    ("console-person", "D", "district_administrator", lambda keys: {"move": "end", "reason": "测试", "post": keys["A"]["post"]}),
    ("console-person", "D", "district_administrator", lambda keys: {
        "move": "give", "organisation": keys["A"]["organisation"], "role": "clerk"}),
    ("console-person", "D", "district_administrator", lambda keys: {
        "move": "give", "organisation": keys["D"]["organisation"], "role": "auditor"}),
    ("console-person-new", "*", "district_administrator", lambda keys: {
        "organisation": keys["A"]["organisation"], "role": "clerk", "username": "newone", "display_name": "某人"}),
    ("console-organisation-new", "*", "district_administrator", lambda keys: {
        "uscc": "91510903XX0000326X", "name": "新局", "kind": "department", "parent": keys["A"]["organisation"], "reason": "测试"}),
    ("console-organisation", "D", "district_administrator", lambda keys: {
        "move": "place", "name": "区民政局", "parent": keys["A"]["organisation"], "reason": "测试"}),
    ("console-acting", "*", "clerk", lambda keys: {"organisation": keys["B"]["uscc"]}),
    ("console-account-sessions-end", "*", "clerk", lambda keys: {"session": keys["B"]["session"]}),
    ("console-account-factor-remove", "*", "clerk", lambda keys: {"factor": "1"}),
    ("console-form-drafts", "*", "clerk", lambda keys: {"draft": keys["B"]["draft"]}),
    ("console-form", "A", "clerk", lambda keys: {
        "_token": keys["B"]["draft"], "_revision": "1", "_page": "0", "_end": "1", "_do": "save", "title": "冒名"}),
    ("console-form", "A", "clerk", lambda keys: {"_token": keys["B"]["draft"], "_revision": "1", "_do": "submit"}),
    ("console-grant-new of a resource", "A", "head_of_sharing", lambda keys: {
        "organisation": keys["D"]["organisation"], "application": keys["B"]["application"], "columns": ["code"],
        "purpose": "核验", "basis": "测试", "until": "2099-01-01"}),
    ("console-home", "*", "outsider", lambda keys: {"step": [keys["A"]["step"]], "move": "claim"}),
    ("console-home", "*", "clerk", lambda keys: {
        "step": [keys["A"]["step"]], "move": "hand_over", "to": keys["B"]["clerk"], "reason": "测试"}),
    ("console-step", "A", "clerk", lambda keys: {"move": "hand_over", "to": keys["B"]["clerk"], "reason": "测试"}),
    ("console-delegations", "*", "clerk", lambda keys: {
        "move": "new", "receiver": keys["B"]["clerk"], "organisation": keys["B"]["organisation"], "since": "2099-01-01",
        "until": "2099-01-02", "reason": "测试"}),
    ("console-data-source-new", "*", "clerk", lambda keys: {
        "name": "冒名", "slug": "false-one", "organisation": keys["B"]["organisation"], "address": "postgresql://u@h/d",
        "option_seconds": "300", "concurrency": "2"}),
    ("console-upload", "*", "outsider", lambda keys: {"file": upload("closed_a.csv"), "resource": keys["A"]["resource"], "accept": "on"}),
    ("console-people-import", "*", "district_administrator", lambda keys: {"rows": "[]"}),
    ("me-act", "*", "firm_agent", lambda keys: {"agency": keys["B"]["agency"]}),
    ("me-act", "*", "resident", lambda keys: {"agency": keys["A"]["agency"]}),
)


def upload(name: str) -> SimpleUploadedFile:
    """A file of one good row."""
    return SimpleUploadedFile(name, "代码,名称,数量\nK9,换过的,9\n".encode(), "text/csv")
