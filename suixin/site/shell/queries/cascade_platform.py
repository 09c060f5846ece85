"""One platform of the cascade as a page: who it is, how far both ways are, what flows, what was counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from suixin.data.sharing.cascade.adapters.direct.mapping import SERVICES
from suixin.data.sharing.cascade.models import Link, ReportState, Way
from suixin.ground.link.models import Peer, PeerState
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Table, Tone
from suixin.site.shell.queries import cascade
from suixin.site.shell.templatetags.suixin import moment, number

TONES: dict[str, Tone] = {PeerState.WAITING: "warn", PeerState.ACTIVE: "good", PeerState.SUSPENDED: "quiet", PeerState.ENDED: "quiet"}
REPORT_TONES: dict[str, Tone] = {ReportState.WAITING: "warn", ReportState.DONE: "good", ReportState.REFUSED: "bad"}
MOST = 200


@dataclass(frozen=True, slots=True)
class PlatformPage:
    """All that the page shows; `link` is None until somebody connected the platform."""

    peer: Peer
    link: Link | None
    may_work: bool
    state: Cell
    link_state: Cell | None
    facts: Sequence[tuple[str, str]]
    flows: Table
    intakes: Table
    counted: Table
    reports: Table | None


def platform_page(code: str, *, actor: Actor) -> PlatformPage:
    """The platform of that code. Raises NotFound, NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    peer = Peer.objects.filter(code=code).first()
    if peer is None:
        raise NotFound(f"没有登记平台“{code[:40]}”；请在平台级联页查看。")
    link = Link.objects.select_related("peer", "application__organisation").filter(peer=peer).first()
    pk = link.pk if link else 0
    link_state = Cell(gettext(link.get_state_display()), tone=cascade.LINK_TONES[link.state]) if link else None
    return PlatformPage(
        peer, link, policy.may(actor, "sharing.cascade", None), Cell(gettext(peer.get_state_display()), tone=TONES[peer.state]), link_state,
        _facts(peer, link), cascade.flow_table(link=pk), cascade.intake_table(link=pk), cascade.counted_table(link=pk),
        _reports(link) if link and link.way == Way.DIRECT else None,
    )


def _reports(link: Link) -> Table:
    """What was reported last, the refused ones first."""
    columns = (Column(gettext("对象"), is_code=True), Column(gettext("接口")), Column(gettext("状态")),
               Column(gettext("上级编号"), is_code=True),
               Column(gettext("返回码"), is_code=True), Column(gettext("办理时间")), Column(gettext("说明"), is_long=True))
    found = sorted(link.reports.order_by("-sequence", "-place")[:MOST], key=lambda one: one.state != ReportState.REFUSED)
    rows = [(
        Cell(one.about), Cell(gettext(SERVICES[one.service]) if one.service in SERVICES else ""),
        Cell(gettext(one.get_state_display()), tone=REPORT_TONES[one.state]), Cell(one.up_id), Cell(one.code), Cell(moment(one.at)),
        Cell(one.sentence),
    ) for one in found]
    return Table(gettext("上报回执"), columns, rows, gettext("还没有向这个平台报送。"))


def _facts(peer: Peer, link: Link | None) -> list[tuple[str, str]]:
    facts = [
        (gettext("平台代码"), peer.code), (gettext("关系"), gettext(peer.get_role_display())), (gettext("地址"), peer.address),
        (gettext("指纹"), peer.fingerprint if peer.state == PeerState.ACTIVE else gettext("批准前不显示，请向对端核对")),
        (gettext("登记时间"), moment(peer.asked_at)), (gettext("批准时间"), moment(peer.decided_at)), (gettext("理由"), peer.reason),
    ]
    if link is None:
        return facts
    return [
        *facts,
        (gettext("对端的数据主管部门"), str(link.organisation)), (gettext("行政区划代码"), link.division),
        (gettext("通道"), gettext(link.get_way_display())), (gettext("最近联通"), moment(link.heard_at)),
        (gettext("发出，对方已收"), f"{number(link.sent)}，{number(link.acknowledged)}"),
        (gettext("收到，已办理"), f"{number(link.received)}，{number(link.applied)}"),
        (gettext("目录报送"), gettext("报送") if link.catalogue is not None else gettext("不报送")),
        (gettext("本端签名密钥"), link.our_key), (gettext("说明"), link.sentence),
    ]
