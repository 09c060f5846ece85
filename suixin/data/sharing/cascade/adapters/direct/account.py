"""Registering a platform of the 数据直达 style, what it issued to us, and a refused report sent again; by persons."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet

from suixin.data.sharing.cascade.adapters.direct import deputy
from suixin.data.sharing.cascade.adapters.direct.mapping import PATH, is_header
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import (
    AskState,
    DirectAccount,
    DirectReport,
    LetterKind,
    Link,
    Objection,
    ObjectionState,
    RemoteRequest,
    ReportState,
    Way,
)
from suixin.ground.audit import actions as audit
from suixin.ground.link.actions import register_peer
from suixin.ground.link.models import Peer, Role
from suixin.ground.security import policy
from suixin.kit.actor import Actor

VERB = "sharing.cascade"


@dataclass(frozen=True, slots=True)
class Issued:
    """What the platform issued: see the fields of `DirectAccount`. An empty secret keeps the one that is there."""

    rid: str
    secret: str
    services: Mapping[str, Mapping[str, str]]
    names: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    minutes: int = 10


def register_direct(code: str, name: str, address: str, *, role: Role, actor: Actor, reason: str) -> Peer:
    """The platform, waiting for a second person; its letters are made here by its deputy. Raises NotAllowed, WrongPeer, WrongLink."""
    policy.require(actor, VERB, None)
    held = Peer.objects.filter(code=code).first()
    if held is not None and not deputy.is_for(held):
        raise WrongLink(f"代码“{code[:40]}”已是另一种方式的平台；请换一个代码。")
    return register_peer(deputy.introduction(code, name, address), role, actor=actor, reason=reason, purpose=deputy.PURPOSE)


@transaction.atomic
def set_account(link: Link, issued: Issued, *, actor: Actor, reason: str) -> DirectAccount:
    """What the platform issued, used from now on. Raises NotAllowed, WrongLink: what is wrong, all at once."""
    policy.require(actor, VERB, None)
    held = DirectAccount.objects.select_for_update().filter(link=link).first() or DirectAccount(link=link)
    _require_whole(link, issued, has_secret=bool(held.pk))
    held.rid, held.minutes = issued.rid.strip(), issued.minutes
    held.secret = issued.secret.strip() or held.secret
    held.services = {name: dict(told) for name, told in issued.services.items()}
    held.names, held.codes = dict(issued.names), {name: dict(told) for name, told in issued.codes.items()}
    held.save()
    audit.record(actor, "cascade.account_set", link, basis=reason, detail={"rid": held.rid, "services": sorted(held.services)})
    return held


@transaction.atomic
def replay(report: DirectReport, *, actor: Actor, reason: str) -> DirectReport:
    """A refused report, sent again with the next turn; what failed before stays noted. Raises NotAllowed, WrongLink.

    The request or objection in it is under way again; what a later report has said already is not put back.
    """
    policy.require(actor, VERB, None)
    held = DirectReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if held.state != ReportState.REFUSED:
        raise WrongLink(f"“{held.about}”{held.get_state_display()}，不用重报。")
    if _later(held).exclude(state=ReportState.REFUSED).exists():
        raise WrongLink(f"“{held.about}”后来又报过，重报会用旧的内容盖掉新的；不用重报。")
    held.state, held.tries = ReportState.WAITING, 0
    held.save(update_fields=["state", "tries"])
    if held.kind == LetterKind.ASK:
        asked = RemoteRequest.objects.filter(uuid=held.about, entry__link=held.link_id, state=AskState.REFUSED)
        asked.update(state=AskState.SENT, stage="", answer="")
    elif held.kind == LetterKind.DOUBT:
        doubted = Objection.objects.filter(uuid=held.about, intake__link=held.link_id, state=ObjectionState.REFUSED)
        doubted.update(state=ObjectionState.SENT, answer="", answered_at=None)
    Link.objects.filter(pk=held.link_id).update(next_at=None)
    audit.record(actor, "cascade.report_replayed", held.link, basis=reason, detail={"about": held.about, "sequence": held.sequence})
    return held


def _later(report: DirectReport) -> QuerySet[DirectReport]:
    """Reports of the same matter after that one."""
    after = Q(sequence__gt=report.sequence) | Q(sequence=report.sequence, place__gt=report.place)
    return DirectReport.objects.filter(after, link=report.link_id, kind=report.kind, about=report.about)


def _require_whole(link: Link, issued: Issued, *, has_secret: bool) -> None:
    services = issued.services
    wrong_paths = [name for name, told in services.items() if not PATH.fullmatch(told.get("path", "")) or ".." in told.get("path", "")]
    faults = [
        "" if link.way == Way.DIRECT else "这个平台不是数据直达方式",
        "" if issued.rid.strip() else "没有填请求者标识 rid",
        "" if issued.secret.strip() or has_secret else "没有填密钥 appsecret",
        "" if services else "没有填接口",
        f"接口 {'、'.join(wrong_paths)} 的路径应写成 /sysapi/…" if wrong_paths else "",
        "" if all(told.get("sid", "").strip() for told in services.values()) else "每个接口都要有服务标识 sid",
        "" if all(map(is_header, (issued.rid, *(str(told.get("sid", "")) for told in services.values())))) else
        "请求者标识 rid 和服务标识 sid 只能是可打印的英文字符",
        "" if 1 <= issued.minutes <= 1440 else "查询间隔应为 1 到 1440 分钟",
        "" if all(name == name.lower() for name in issued.names.values()) else "对方的字段名应全为小写",
    ]
    if told := [one for one in faults if one]:
        raise WrongLink(f"“{link}”的接入信息还不能保存：{'；'.join(told)}。")
