"""Platforms that know one another (`ground.link`: introductions, compared and approved by two persons) become linked.

Linked  the peer is an application of its bureau here, with its SM2 key: grants name it, its calls are checked as the gateway's are
"""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction

from suixin.data.sharing.cascade.adapters.addresses import require_address, require_folder
from suixin.data.sharing.cascade.adapters.direct import deputy
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.finding import entry_of
from suixin.data.sharing.cascade.models import Link, LinkState, Platform, Way
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job
from suixin.ground.link import keys
from suixin.ground.link.models import Peer, PeerState
from suixin.ground.link.queries import our_introduction
from suixin.ground.people import applications
from suixin.ground.people.applications import NewKey
from suixin.ground.people.models import Application, KeyKind, Level, Organisation
from suixin.ground.search import actions as search
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

VERB = "sharing.cascade"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a peer is dealt with: the bureau that receives there, how letters go, and for a folder which ones."""

    organisation: Organisation
    level: str
    division: str
    way: Way = Way.HTTP
    out_folder: str = ""
    in_folder: str = ""


def app_id_of(code: str) -> str:
    """Under which application identifier the platform of that code calls its peers."""
    return f"cascade-{code}"


@transaction.atomic
def set_platform(*, code: str, name: str, level: str, division: str, address: str = "", actor: Actor) -> Platform:
    """Who we are among platforms. The code stays once letters were written. Raises NotAllowed, WrongLink."""
    policy.require(actor, VERB, None)
    held = Platform.objects.first() or Platform()
    if held.pk and held.code != code and Link.objects.filter(sent__gt=0).exists():
        raise WrongLink("本平台的代码已写进发出的信件，不能改；请保留原代码。")
    _require_place(level, division)
    before = state_of(held) if held.pk else None
    held.code, held.name, held.level, held.division, held.address = code, name, level, division, address
    our_introduction(code, name, address)  # its form is judged there
    held.save()
    audit.record(actor, "cascade.identified", held, before=before)
    return held


def introduction(*, actor: Actor) -> bytes:
    """Our introduction, to be handed to a peer. Raises NotAllowed, WrongLink."""
    policy.require(actor, VERB, None)
    ours = Platform.objects.first()
    if ours is None:
        raise WrongLink("本平台还没有登记级联身份；请先在平台级联页登记，或运行 suixin cascade identity。")
    return our_introduction(ours.code, ours.name, ours.address)


@transaction.atomic
def connect(peer: Peer, terms: Terms, *, actor: Actor, reason: str) -> Link:
    """The link to an approved peer, carrying letters from now on; again, with other terms. Raises NotAllowed, WrongLink, AddressRefused."""
    policy.require(actor, VERB, None)
    if peer.state != PeerState.ACTIVE:
        raise WrongLink(f"平台“{peer.name}”{peer.get_state_display()}；请先由第二个人核对指纹并批准。")
    if (ours := Platform.objects.first()) is None or ours.code == peer.code:
        raise WrongLink("本平台还没有登记级联身份，或对端用了与本平台相同的代码；请先核对。")
    _require_place(terms.level, terms.division)
    if (terms.way == Way.DIRECT) is not deputy.is_for(peer):
        raise WrongLink(f"平台“{peer.name}”登记的方式与所选通道不同；数据直达的平台用“国家数据直达接口”，其他平台不能用。")
    if terms.way == Way.FOLDER:
        require_folder(terms.out_folder)
        require_folder(terms.in_folder)
    else:
        require_address(peer.address)
    held = Link.objects.select_for_update(of=("self",)).filter(peer=peer).first() or Link(peer=peer, connected_at=clock.now())
    before = state_of(held) if held.pk else None
    held.application = _application(peer, terms.organisation, reason=reason)
    held.level, held.division, held.way = terms.level, terms.division, terms.way
    held.out_folder, held.in_folder = terms.out_folder, terms.in_folder
    held.state, held.sentence, held.failures, held.next_at = LinkState.ACTIVE, "", 0, None
    if not held.our_keys:
        held.our_keys = held.told_keys = " ".join(keys.current())
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError as error:
        raise WrongLink(f"平台“{peer.name}”刚由另一个人建立了连接；请刷新页面。") from error
    search.put_all(entry_of(one) for one in held.entries.select_related("link__peer"))  # under the name that it goes by now
    audit.record(actor, "cascade.connected", held, basis=reason, before=before)
    return held


@transaction.atomic
def stop(link: Link, *, actor: Actor, reason: str) -> Link:
    """The link, carrying nothing; its peer's calls are refused. Raises NotAllowed."""
    policy.require(actor, VERB, None)
    held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
    held.state, held.sentence = LinkState.STOPPED, reason.strip()[:600]
    held.save(update_fields=["state", "sentence"])
    applications.set_application_active(held.application, is_active=False, actor=SYSTEM, reason=reason)
    audit.record(actor, "cascade.stopped", held, basis=reason)
    return held


@transaction.atomic
def resume(link: Link, *, actor: Actor, reason: str, after: int | None = None) -> Link:
    """A held link, active again; `after`: our next letter is the one after that number. Raises NotAllowed, WrongLink."""
    policy.require(actor, VERB, None)
    held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if held.state != LinkState.HELD:
        raise WrongLink(f"平台“{held}”现在是“{held.get_state_display()}”，没有停下等人处理。")
    if after is not None and after < held.sent:
        raise WrongLink(f"已经写到第 {held.sent} 封，不能退回第 {after} 封。")
    held.state, held.sentence, held.failures, held.next_at = LinkState.ACTIVE, "", 0, None
    held.sent = held.sent if after is None else after
    held.save(update_fields=["state", "sentence", "failures", "next_at", "sent"])
    audit.record(actor, "cascade.resumed", held, basis=reason, detail={"after": held.sent})
    return held


@transaction.atomic
def ask_turn(link: Link, *, actor: Actor) -> Job:
    """A turn of the link by the worker, now, whatever failed before. Raises NotAllowed."""
    policy.require(actor, VERB, None)
    Link.objects.filter(pk=link.pk).update(next_at=None)
    audit.record(actor, "cascade.turn_asked", link)
    return enqueue("cascade.run", actor=actor, title=f"与{link}收发"[:300])


@transaction.atomic
def ask_count(link: Link, day: date | None, *, actor: Actor) -> Job:
    """That day counted with every peer by the worker; yesterday when none is named. Raises NotAllowed, WrongLink."""
    policy.require(actor, VERB, None)
    if day is not None and day > clock.today():
        raise WrongLink(f"{day} 还没有到；请选今天或以前的日期。")
    audit.record(actor, "cascade.count_asked", link, detail={"day": day.isoformat() if day else ""})
    return enqueue("cascade.reconcile", actor=actor, arguments={"day": day.isoformat() if day else ""})


def _application(peer: Peer, organisation: Organisation, *, reason: str) -> Application:
    """The peer as a caller: its bureau's application, which signs with the peer's own keys and no other.

    Part of the link that the actor may make: the bureau itself lies at the peer, beyond everybody's reach here.
    """
    application, _ = applications.create_application(organisation, f"级联：{peer.name}"[:120], actor=SYSTEM, app_id=app_id_of(peer.code))
    applications.set_application_active(application, is_active=True, actor=SYSTEM, reason=reason)
    for key in application.keys.filter(revoked_at=None):
        applications.revoke_key(key, actor=SYSTEM, reason="级联应用只用对端平台的公钥")
    for public, before in peer.signing_keys.items():
        if before is None:  # the one in force, and while keys change the one before it
            applications.make_key(application, NewKey(KeyKind.SM2, public=public), actor=SYSTEM, reason=reason)
    return application


def _require_place(level: str, division: str) -> None:
    if level not in Level.values or not division.isdecimal() or not 2 <= len(division) <= 12:
        raise WrongLink(f"层级为 {'、'.join(Level.values)} 之一，区划代码为 2 到 12 位数字，例如 510903；请更正。")
