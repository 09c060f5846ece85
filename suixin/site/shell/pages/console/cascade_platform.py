"""One platform of the cascade: what a person may do about it, each act with its form; two persons where the action asks for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.sharing.cascade import catalogue, landing, linking, rekeying, returning
from suixin.data.sharing.cascade.adapters.direct import account, deputy
from suixin.data.sharing.cascade.models import Link, LinkState, ReportState, Way
from suixin.ground.link.actions import approve_peer, move_peer
from suixin.ground.link.models import Peer, PeerState
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell import cascade_forms as given
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.pages.console.exchange.acting import made
from suixin.site.shell.queries import cascade_platform as queries
from suixin.site.shell.queries.cascade_platform import PlatformPage
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@dataclass(frozen=True, slots=True)
class Act:
    """One form of the page; `buttons`: move, what stands on it, how it looks."""

    name: str
    title: str
    told: str
    form: forms.Form
    buttons: tuple[tuple[str, str, str], ...]


PRIMARY, PLAIN, DANGER = "btn-primary", "btn-outline-primary", "btn-outline-danger"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def platform(request: HttpRequest, code: str) -> HttpResponse:
    """One platform: state and flows for who sees exchange, acts for who keeps the cascade."""
    actor = actor_for(request)
    page = queries.platform_page(code, actor=actor)
    move = request.POST.get("move", "") if request.method == "POST" else ""
    acts = acts_of(page, request.POST if move else None, move)
    if request.method == "POST":
        act = next((one for one in acts if move in [button[0] for button in one.buttons]), None)
        if act is None:
            raise BadRequest(gettext("现在不能这样办理；请刷新页面，使用页面上的按钮。"))
        if made(act.form, partial(_done, page, move, act.form, actor)) is not None:
            messages.success(request, gettext("已办理，并已记入审计。"))
            return redirect("console-cascade-platform", code=code)
    context = {
        "page": page, "acts": acts if page.may_work else (),
        "crumbs": console_crumbs((gettext("平台级联"), reverse("console-cascade")), (page.peer.name, "")),
    }
    return render(request, "console/cascade_platform.html", context, status=422 if request.method == "POST" else 200)


def acts_of(page: PlatformPage, typed: QueryDict | None, move: str) -> list[Act]:
    """What may be done about the platform as it stands, its forms bound where their button was pressed."""
    peer, link = page.peer, page.link
    found = [*_of_peer(peer)]
    if peer.state == PeerState.ACTIVE:
        found += _of_link(peer, link)
    if link is not None and link.state == LinkState.ACTIVE and peer.state == PeerState.ACTIVE:
        found += _of_flows(link)
    return [
        Act(name, title, told, make(typed if move in [one[0] for one in buttons] else None, auto_id=f"{name}_%s"), buttons)
        for name, title, told, make, buttons in found
    ]


Made = tuple[str, str, str, Callable[..., forms.Form], tuple[tuple[str, str, str], ...]]


def _no() -> tuple[str, str, str]:
    return "end", gettext("不批准"), DANGER


def _of_peer(peer: Peer) -> list[Made]:
    if peer.state == PeerState.WAITING:
        if deputy.is_for(peer):
            told = gettext("登记的人不能批准自己的登记；由另一位同事核对地址和接入函后批准。")
            return [("approve", gettext("批准"), told, ReasonForm, (("approve", gettext("核对无误，批准"), PRIMARY), _no()))]
        told = gettext("登记的人不能批准自己的登记；由另一位同事打电话核对指纹后批准。")
        return [("approve", gettext("批准"), told, given.FingerprintForm, (("approve", gettext("核对无误，批准"), PRIMARY),)),
                ("end", gettext("不批准"), "", ReasonForm, (_no(),))]
    found: list[Made] = []
    if peer.next_keys:
        told = gettext("对端用现在的密钥签名，告知要更换公钥。确认后两把都有效，等它改用新公钥，旧的就停用。")
        button = ("accept_keys", gettext("核对无误，确认"), PRIMARY)
        found.append(("keys", gettext("确认对端的新公钥"), told, given.FingerprintForm, (button,)))
        found.append(("refuse", gettext("不确认新公钥"), "", ReasonForm, (("refuse_keys", gettext("不确认"), DANGER),)))
    if peer.state == PeerState.ACTIVE:
        found.append(("peer", gettext("暂停或解除互联"), gettext("暂停后不收也不发；解除后要重新登记。"), ReasonForm,
                      (("suspend", gettext("暂停互联"), PLAIN), ("end", gettext("解除互联"), DANGER))))
    if peer.state == PeerState.SUSPENDED:
        found.append(("peer", gettext("恢复或解除互联"), "", ReasonForm,
                      (("activate", gettext("恢复互联"), PRIMARY), ("end", gettext("解除互联"), DANGER))))
    return found


def _of_link(peer: Peer, link: Link | None) -> list[Made]:
    connect: Made = (
        "connect", gettext("建立连接") if link is None else gettext("更改连接"), gettext("确定谁在对端接收、信件怎样走。"),
        partial(given.ConnectForm, link=link, is_direct=deputy.is_for(peer)),
        (("connect", gettext("启用连接"), PRIMARY if link is None else PLAIN),),
    )
    if link is None or link.state == LinkState.STOPPED:
        return [connect]
    if link.state == LinkState.HELD:
        button = ("resume", gettext("恢复收发"), PRIMARY)
        return [("resume", gettext("恢复收发"), gettext("两端核对之后再恢复。"), given.ResumeForm, (button,)), connect]
    unknown: list[Made] = []
    if link.our_keys != link.told_keys:
        told = gettext("已把新公钥告知对端，对端还没有认可；没有收到或误拒的，可以再告知一次。")
        unknown.append(("again", gettext("再次告知本平台的新公钥"), told, ReasonForm, (("tell_keys", gettext("再次告知"), PLAIN),)))
    catalogue_button = (
        ("keep", gettext("停止报送目录"), PLAIN) if link.catalogue is not None else ("tell", gettext("报送本平台目录"), PLAIN))
    return [
        *unknown,
        ("turn", gettext("收发与对账"), gettext("由后台作业办理，结果见下面的表和后台作业。"), given.DayForm,
         (("run", gettext("现在收发"), PRIMARY), ("reconcile", gettext("现在对账"), PLAIN))),
        ("catalogue", gettext("目录报送"), "", forms.Form, (catalogue_button,)),
        connect,
        ("stop", gettext("停用连接"), gettext("停用后对端的来信被拒绝，本端不再发信。"), ReasonForm,
         (("stop", gettext("停用连接"), DANGER),)),
    ]


def _of_direct(link: Link) -> list[Made]:
    found: list[Made] = [("account", gettext("接入信息"), gettext("对端下发的 rid、密钥和各接口的服务标识。"),
                          partial(given.AccountForm, link=link), (("account", gettext("保存接入信息"), PRIMARY),))]
    if link.reports.filter(state=ReportState.REFUSED).exists():
        found.append(("replay", gettext("重报"), gettext("原因消除后再报；原来的失败记录保留。"), partial(given.ReplayForm, link=link),
                      (("replay", gettext("重报"), PLAIN),)))
    return found


def _of_flows(link: Link) -> list[Made]:
    if link.way == Way.DIRECT:
        return _of_direct(link) + _of_intakes(link)
    found: list[Made] = [("offer", gettext("向对端回流数据"), gettext("按区划选行；对端对应目录后自动写入。"), given.OfferForm,
                          (("offer", gettext("约定回流"), PRIMARY),))]
    if link.flows.exists():
        found.append(("flow", gettext("暂停或启用回流"), "", partial(given.FlowForm, link=link),
                      (("pause_flow", gettext("暂停回流"), PLAIN), ("start_flow", gettext("启用回流"), PLAIN))))
    return found + _of_intakes(link)


def _of_intakes(link: Link) -> list[Made]:
    if not link.intakes.exists():
        return []
    return [("accept", gettext("接收对端的回流"), "", partial(given.AcceptForm, link=link),
             (("accept", gettext("对应目录并接收"), PRIMARY), ("go_on", gettext("继续接收"), PLAIN)))]


def _done(page: PlatformPage, move: str, form: forms.Form, actor: Actor) -> object:
    reason = str(form.cleaned_data.get("reason", ""))
    if move in _PEER_MOVES:
        return _PEER_MOVES[move](page.peer, form, actor, reason)
    if page.link is None:
        raise BadRequest(gettext("还没有与这个平台建立连接；请先建立连接。"))
    return _LINK_MOVES[move](page.link, form, actor, reason)


def _approve(peer: Peer, form: forms.Form, actor: Actor, reason: str) -> object:
    fingerprint = form.cleaned_data.get("fingerprint", peer.fingerprint if deputy.is_for(peer) else "")
    return approve_peer(peer, fingerprint=fingerprint, actor=actor, reason=reason)


def _connect(peer: Peer, form: forms.Form, actor: Actor, reason: str) -> object:
    assert isinstance(form, given.ConnectForm)  # noqa: S101 as the acts pair them
    return linking.connect(peer, form.terms(), actor=actor, reason=reason)


def _moved(state: PeerState) -> Callable[[Peer, forms.Form, Actor, str], object]:
    return lambda peer, form, actor, reason: move_peer(peer, state, actor=actor, reason=reason)


def _offer(link: Link, form: forms.Form, actor: Actor, reason: str) -> object:
    assert isinstance(form, given.OfferForm)  # noqa: S101 as the acts pair them
    resource = form.entry()
    columns = form.names("columns") or [item.field for item in resource.contract.items]
    return returning.offer_flow(
        link, resource, divisions=form.names("divisions"), columns=columns, basis=form.cleaned_data["basis"], until=form.moment(),
        is_receipted=form.cleaned_data["is_receipted"], actor=actor,
    )


def _accept(link: Link, form: forms.Form, actor: Actor, reason: str) -> object:
    resource = given.entry_by(form.cleaned_data["resource"])
    return landing.accept_flow(form.cleaned_data["intake"], resource, actor=actor)


def _account(link: Link, form: forms.Form, actor: Actor, reason: str) -> object:
    assert isinstance(form, given.AccountForm)  # noqa: S101 as the acts pair them
    return account.set_account(link, form.issued(), actor=actor, reason=reason)


_PEER_MOVES: Mapping[str, Callable[[Peer, forms.Form, Actor, str], object]] = {
    "approve": _approve, "end": _moved(PeerState.ENDED), "suspend": _moved(PeerState.SUSPENDED), "activate": _moved(PeerState.ACTIVE),
    "connect": _connect,
}
_LINK_MOVES: Mapping[str, Callable[[Link, forms.Form, Actor, str], object]] = {
    "accept_keys": lambda link, form, actor, reason: rekeying.accept_keys(
        link, fingerprint=form.cleaned_data["fingerprint"], actor=actor, reason=reason),
    "refuse_keys": lambda link, form, actor, reason: rekeying.refuse_keys(link, actor=actor, reason=reason),
    "tell_keys": lambda link, form, actor, reason: rekeying.tell_keys_again(link, actor=actor, reason=reason),
    "stop": lambda link, form, actor, reason: linking.stop(link, actor=actor, reason=reason),
    "resume": lambda link, form, actor, reason: linking.resume(link, actor=actor, reason=reason, after=form.cleaned_data["after"]),
    "run": lambda link, form, actor, reason: linking.ask_turn(link, actor=actor),
    "reconcile": lambda link, form, actor, reason: linking.ask_count(link, form.cleaned_data["day"], actor=actor),
    "tell": lambda link, form, actor, reason: catalogue.tell_catalogue(link, is_told=True, actor=actor),
    "keep": lambda link, form, actor, reason: catalogue.tell_catalogue(link, is_told=False, actor=actor),
    "offer": _offer, "accept": _accept, "account": _account,
    "replay": lambda link, form, actor, reason: account.replay(form.cleaned_data["report"], actor=actor, reason=reason),
    "pause_flow": lambda link, form, actor, reason: returning.switch_flow(
        form.cleaned_data["flow"], is_paused=True, actor=actor, reason=reason),
    "start_flow": lambda link, form, actor, reason: returning.switch_flow(
        form.cleaned_data["flow"], is_paused=False, actor=actor, reason=reason),
    "go_on": lambda link, form, actor, reason: landing.resume_intake(form.cleaned_data["intake"], actor=actor),
}
