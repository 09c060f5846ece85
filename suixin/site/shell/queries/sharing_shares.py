"""What the pages of shares and disputes show: one share with how to call it, how it was used and how it ends; one dispute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access.models import Door
from suixin.data.catalog import publication
from suixin.data.sharing import disputing, ending, queries, usage
from suixin.data.sharing.models import Dispute, DisputeStage, Share, ShareState, Suspension
from suixin.ground.flow import rights
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed, NotFound
from suixin.site.shell.components import Cell, Column, Stat, Step, Table
from suixin.site.shell.queries.sharing_datasets import receipts_fact, tables_fact
from suixin.site.shell.queries.sharing_requests import doors_of, share_cell
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import mask, word

USAGE_DAYS = 30


@dataclass(frozen=True, slots=True)
class SharePage:
    """One share. What the reader may do about it now is told by the flags."""

    share: Share
    state: Cell
    stats: Sequence[Stat]
    facts: Sequence[tuple[str, str]]
    items: Table
    calling: Table
    records: Table
    happened: Sequence[Step]
    suspension: Suspension | None
    doubt_href: str
    dispute_href: str
    is_asker: bool
    may_amend: bool
    may_record: bool
    may_remedy: bool
    may_finish: bool
    may_dispose: bool
    may_accept: str
    may_suspend: bool
    may_resume: bool
    may_terminate: bool
    may_dispute: bool


@dataclass(frozen=True, slots=True)
class DisputePage:
    """One dispute; `may_rule`: the reader enters what comes of the step that waits."""

    dispute: Dispute
    stage: Cell
    facts: Sequence[tuple[str, str]]
    history: Sequence[Step]
    about_href: str
    case_href: str
    may_rule: bool
    is_last: bool
    may_withdraw: bool


def share_of(uuid: UUID, *, actor: Actor) -> Share:
    """The share of that uuid. Raises NotFound, NotAllowed."""
    held = Share.objects.select_related("organisation", "resource__provider", "grant", "application", "part__request")
    found = held.filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这项共享；请从数据共享进入。"))
    if not queries.may_view_share(actor, found):
        policy.require(actor, "sharing.view", found.organisation)
        raise NotAllowed(gettext("没有查看这项共享的权限；请换用需求部门或提供部门的账号。"))
    return found


def share_page(uuid: UUID, *, actor: Actor) -> SharePage:
    """One share in full. Raises NotFound, NotAllowed."""
    share = share_of(uuid, actor=actor)
    is_asker = actor.organisation == share.organisation.uscc and policy.may(actor, "sharing.request", share.organisation)
    in_use = share.state in (ShareState.IN_USE, ShareState.PROVIDING)
    suspension = ending.open_suspension(share)
    disposal = getattr(share, "disposal", None)
    step = publication.waiting_step(disposal.instance) if disposal is not None and disposal.instance is not None else None
    dispute = share.disputes.first()
    may_stop = policy.may(actor, "sharing.suspend", share.resource)
    is_live = share.state in (ShareState.PROVIDING, ShareState.IN_USE, ShareState.SUSPENDED)
    is_over = share.state in disputing.DISPUTED_SHARES and share.end_kind not in ("finished", "replaced", "expired")
    return SharePage(
        share, share_cell(share), _stats(share), [one for one in _facts(share) if one[1]], _items(share), _calling(share),
        _records(share), _happened(share),
        suspension,
        reverse("console-doubt", args=[share.resource.table]) if is_asker and in_use and Door.PAGE in share.grant.doors else "",
        reverse("console-sharing-dispute", args=[dispute.uuid]) if dispute is not None else "",
        is_asker, is_asker and in_use, is_asker and share.state != ShareState.PROVIDING,
        is_asker and suspension is not None, is_asker and is_live,
        is_asker and step is not None and step.node == "disposed" and rights.may_act(actor, step),
        reverse("console-step", args=[step.uuid]) if step is not None and step.node == "accepted" and rights.may_act(actor, step) else "",
        may_stop and share.state == ShareState.IN_USE, may_stop and share.state == ShareState.SUSPENDED,
        policy.may(actor, "sharing.terminate", share.resource) and is_live, is_asker and is_over and dispute is None,
    )


def dispute_page(uuid: UUID, *, actor: Actor) -> DisputePage:
    """One dispute in full. Raises NotFound, NotAllowed."""
    found = Dispute.objects.select_related(
        "organisation", "provider", "bureau", "government", "instance", "part__resource", "share__resource").filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这件争议；请从数据共享进入。"))
    if not any(policy.may(actor, "sharing.view", one) for one in (found.organisation, found.provider)):
        policy.require(actor, "sharing.view", found.organisation)
    step = disputing.waiting_step(found)
    facts = [
        (gettext("需求部门"), found.organisation.name), (gettext("提供部门"), found.provider.name), (gettext("诉求和理由"), found.claim),
        (gettext("提出人"), found.by), (gettext("提出时间"), moment(found.at)), (gettext("协调的主管部门"), found.bureau.name),
        (gettext("决定的政府"), found.government.name),
        (gettext("结果"), _outcome(found.must_share) if found.stage == DisputeStage.SETTLED else ""),
    ]
    about = reverse("console-sharing-part", args=[found.part.uuid]) if found.part else ""
    if found.share is not None:
        about = reverse("console-sharing-share", args=[found.share.uuid])
    is_open = found.stage not in (DisputeStage.SETTLED, DisputeStage.WITHDRAWN)
    return DisputePage(
        found, Cell(word(found.get_stage_display()), tone="warn" if is_open else "good"), facts, _moves(found,
            step.due_at if step else None),
        about, reverse("console-case", args=[found.instance.uuid]) if found.instance is not None else "",
        step is not None and rights.may_act(actor, step), found.stage == DisputeStage.DECIDING,
        is_open and policy.may(actor, "sharing.request", found.organisation),
    )


def _outcome(must_share: bool | None) -> str:
    return gettext("应当共享") if must_share else gettext("维持原答复")


def _moves(dispute: Dispute, due: object) -> list[Step]:
    shown = [Step(gettext("提出争议"), [(gettext("时间"), moment(dispute.at)), (gettext("提出人"), dispute.by)])]
    for one in dispute.moves.all():
        result = _outcome(one.must_share) if one.is_agreed else gettext("没有达成一致")
        shown.append(Step(word(one.get_stage_display()), [
            (gettext("结果"), result), (gettext("意见"), one.text), (gettext("办理人"), one.by), (gettext("时间"), moment(one.at))]))
    if dispute.stage not in (DisputeStage.SETTLED, DisputeStage.WITHDRAWN):
        shown.append(Step(word(dispute.get_stage_display()), [(gettext("应办日期"), moment(due) if due else "")], state="now"))
    return shown


def _stats(share: Share) -> list[Stat]:
    since = clock.now() - timedelta(days=USAGE_DAYS)
    calls, rows, failed, last = usage.calls_of(share, usage.calls_since(since))
    note = gettext("近 %(n)s 天") % {"n": USAGE_DAYS}
    return [
        Stat(gettext("调用次数"), number(calls), note=note),
        Stat(gettext("取得行数"), number(rows), note=note),
        Stat(gettext("失败次数"), number(failed), note=note),
        Stat(gettext("最近一次"), moment(last) if last else "—"),
    ]


def _facts(share: Share) -> list[tuple[str, str]]:
    grant = share.grant
    return [
        (gettext("需求部门"), share.organisation.name), (gettext("提供部门"), share.resource.provider.name),
        (gettext("信息资源代码"), share.resource.code), (gettext("使用依据"), share.basis), (gettext("使用场景"), share.purpose),
        (gettext("使用范围"), grant.row_filter or gettext("全部行")), (gettext("共享方式"), doors_of(grant.doors)),
        (gettext("提供方要求"), share.part.condition if share.part else ""), receipts_fact(is_receipted=grant.is_receipted),
        tables_fact(share),
        (gettext("同意时间"), moment(share.granted_at)), (gettext("供数时间"), moment(share.provided_at) if share.provided_at else ""),
        (gettext("使用时限"), moment(grant.valid_until) if grant.valid_until else ""),
        (gettext("结束原因"), word(share.get_end_kind_display()) if share.end_kind else ""), (gettext("结束说明"), share.end_reason),
        (gettext("授权编号"), str(grant.uuid)),
    ]


def _items(share: Share) -> Table:
    columns = (Column(gettext("信息项")), Column(gettext("字段名"), is_code=True), Column(gettext("脱敏")))
    granted, masks = set(share.grant.columns), share.grant.masks
    rows = [
        (Cell(one.name), Cell(one.field), Cell(mask(shown) if (shown := masks.get(one.field, one.mask)) else gettext("原样显示")))
        for one in share.resource.contract.items if one.field in granted
    ]
    return Table(gettext("可用的信息项"), columns, rows, gettext("没有可用的信息项。"))


def _calling(share: Share) -> Table:
    """Each granted door: its address, and what it asks for."""
    table, grant, is_of_all = share.resource.table, f"?grant={share.grant.uuid}", share.application is None
    page = reverse("console-resource", args=[table])
    known: dict[str, tuple[str, str, str]] = {
        Door.PAGE: (page, page, gettext("登录后在资源页查看") if is_of_all else gettext(
            "只限应用的共享，页面上不显示数据；发现有误的，可以申请校核")),
        Door.ROWS: (f"GET /api/v1/datasets/{table}/rows", "", gettext("请求头带访问令牌：Authorization: Bearer") if is_of_all else gettext(
            "应用密钥签名，分页读取")),
        Door.GATEWAY: (f"POST /gateway/{table}/lookup", "", gettext("应用密钥签名（HMAC-SM3 或 SM2），按主键查询")),
        Door.VERIFY: (f"POST /gateway/{table}/verify", "", gettext("应用密钥签名，只返回一致、不一致、查无")),
        Door.DOWNLOAD: (page, page, gettext("登录后在资源页下载")),
        Door.FILE: (*_setting_up("file-new", grant), gettext("登记接收公钥；数据包加密送达，下载、打开并签收")),
        Door.SHARE: (*_setting_up("recipients", ""), gettext("发放配置文件，用 Delta Sharing 客户端打开")),
        Door.TABLE: (*_setting_up("table-new", grant), gettext("选本单位的接收库，写入库表")),
        Door.SUBSCRIPTION: (*_setting_up("subscription-new", grant), gettext("写接收地址，变化推送到它")),
        Door.AGGREGATE: (f"POST /gateway/{table}/aggregate", "", gettext("应用密钥签名，只返回统计结果")),
        Door.PROXY: (f"POST /gateway/{table}/proxy", "", gettext("应用密钥签名，由提供部门的接口即时答复")),
    }
    columns = (Column(gettext("共享方式")), Column(gettext("地址"), is_code=True), Column(gettext("怎样调用"), is_long=True))
    rows = []
    for door in share.grant.doors:
        address, href, how = known.get(door, ("", "", gettext("由提供部门开通，请与它联系")))
        rows.append((Cell(doors_of([door])), Cell(address, href), Cell(how)))
    return Table(gettext("怎样调用"), columns, rows, gettext("没有开通任何方式。"))


def _setting_up(name: str, query: str) -> tuple[str, str]:
    """Where a door is set up in the console: what is shown, and the address."""
    path = reverse(f"console-exchange-{name}")
    return path, f"{path}{query}"


def _records(share: Share) -> Table:
    columns = (
        Column(gettext("期间")), Column(gettext("使用场景"), is_long=True), Column(gettext("应用成效"), is_long=True),
        Column(gettext("存储情况"), is_long=True),
        Column(gettext("销毁情况"), is_long=True), Column(gettext("记录人")), Column(gettext("保存至")),
    )
    rows = [
        (Cell(f"{one.since} – {one.until}"), Cell(one.scenario, note=one.process), Cell(one.effect), Cell(one.storage),
         Cell(one.destruction),
         Cell(one.by, note=moment(one.at)), Cell(moment(one.keep_until)))
        for one in share.use_records.all()[:200]
    ]
    return Table(gettext("使用记录"), columns, rows,
        gettext("还没有使用记录；条例要求记录使用场景、过程、成效、存储和销毁情况，保存三年以上。"))


def _happened(share: Share) -> list[Step]:
    shown = [(share.granted_at, Step(gettext("同意共享"), [(gettext("时间"), moment(share.granted_at))]))]
    for one in share.suspensions.all():
        lines = [(gettext("时间"), moment(one.at)), (gettext("决定人"), one.by), (gettext("理由"), one.reason), (gettext("整改期限"),
            moment(one.remedy_by))]
        lines += [(gettext("整改情况"), one.remedy)] if one.remedy else []
        lines += [(gettext("结果"), one.outcome)] if one.outcome else []
        shown.append((one.at, Step(gettext("暂停"), lines, state="done" if one.ended_at else "now")))
    termination = getattr(share, "termination", None)
    if termination is not None:
        filed = f"{termination.filed_by} {moment(termination.filed_at)}" if termination.filed_at else gettext("待主管部门备案")
        shown.append((termination.at, Step(gettext("终止"), [
            (gettext("理由"), termination.reason), (gettext("协商情况"), termination.consultation), (gettext("备案"), filed)])))
    disposal = getattr(share, "disposal", None)
    if disposal is not None and share.ended_at is not None:
        lines = [(gettext("处置方式"), word(disposal.get_method_display()) if disposal.method else gettext("待填写回执")),
            (gettext("处置情况"), disposal.text)]
        lines += [(gettext("核收人"), disposal.accepted_by)] if disposal.accepted_by else []
        shown.append((share.ended_at, Step(gettext("处置"), lines, state="done" if disposal.accepted_at else "now")))
    return [step for _, step in sorted(shown, key=lambda one: one[0])]
