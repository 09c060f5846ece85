"""Requests of one department to another in every state, made by the cast with the real actions, on a first start (模拟).

What happened earlier was done at an earlier time of the clock. Each request is known by its title: a second run makes
nothing again. 市民政局 asks, 市人社局 provides; readings of the day before are real ones, through the grant.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from suixin.data.access import log
from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.access.query import RowsQuery
from suixin.data.access.rows import fetch_page
from suixin.data.access.versions import pinned
from suixin.data.catalog import publication
from suixin.data.catalog.models import Resource
from suixin.data.sharing import asking, disposing, disputing, drafting, ending, recording, violations
from suixin.data.sharing.disposing import Receipt
from suixin.data.sharing.drafting import Said
from suixin.data.sharing.models import DisposalMethod, Part, Request, Share, Violation
from suixin.data.sharing.recording import Used
from suixin.data.sharing.rules import Statement
from suixin.ground.flow import advancing, clocking, stopping
from suixin.ground.flow.models import Instance, Step
from suixin.ground.people.models import Account, Organisation
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.demo.flows import ago

INSURED, SCHOOLS = "resident_insurance", "training_schools"
COLUMNS = {INSURED: ("resident_id", "person_name", "insurance_kind", "insurance_state"), SCHOOLS: ("code", "name", "division_code")}
LAW, DOCUMENT, ARTICLE = "社会救助暂行办法", "国务院令第649号", "第五十八条"
READINGS = 42  # of the day before


@dataclass(frozen=True, slots=True)
class Wish:
    """A request made so many days ago; `moves`: days ago, account, what was done, reason."""

    title: str
    table: str
    days: int
    scenario: str
    moves: tuple[tuple[int, str, str, str], ...] = ()
    is_stated: bool = True


_ASKED = "civil-sharing"
WISHES = (
    Wish("残疾人两项补贴核对", INSURED, 0, "", is_stated=False),
    Wish("临时救助对象核对", INSURED, 1, "审核临时救助申请时核对参保状态", ((1, "outsider", "submit", ""),)),
    Wish("特困人员认定核对", INSURED, 4, "认定特困人员时核对参保和待遇", ((4, "outsider", "submit", ""), (3, _ASKED, "approve",
        "属于本部门职责"))),
    Wish("困境儿童保障核对", INSURED, 9, "核对监护人的参保状态", (
        (9, "outsider", "submit", ""), (8, _ASKED, "approve", "属于本部门职责"), (6, "clerk", "supplement",
            "缺少保密承诺书和系统等保备案证明"))),
    Wish("医疗救助对象核对", INSURED, 13, "医疗救助与医保待遇比对", (
        (13, "outsider", "submit", ""), (12, _ASKED, "approve", "属于本部门职责"), (9, "clerk", "extend", "涉及个人敏感信息，须会商医保局"),
        (9, "supervision", "approve", "同意延长"))),
    Wish("社会救助入户抽查", INSURED, 24, "入户抽查前比对参保状态", (
        (24, "outsider", "submit", ""), (23, _ASKED, "approve", "属于本部门职责"))),
    Wish("殡葬补贴发放核对", INSURED, 30, "发放殡葬补贴时核对身份", (
        (30, "outsider", "submit", ""), (29, _ASKED, "approve", "属于本部门职责"), (24, "clerk", "approve", "建议不同意：依据与本数据无关"),
        (23, "sharing", "reject", "所列依据不涉及参保信息，且可用死亡登记信息核对"), (21, "outsider", "dispute",
            "补贴对象包括领取养老待遇的人员，须核对"),
        (17, "sharing", "open", "双方未达成一致"))),
    Wish("养老机构入住核对", INSURED, 44, "办理入住补贴时核对参保状态", (
        (44, "outsider", "submit", ""), (43, _ASKED, "approve", "属于本部门职责"), (38, "clerk", "approve", "建议不同意"),
        (37, "sharing", "reject", "未说明使用范围"), (35, "outsider", "dispute", "申请已写明按区划限定"),
        (32, "sharing", "agree", "重新答复，应当共享"), (30, "clerk", "approve", "符合共享条件"), (29, "sharing", "approve", "同意共享"))),
    Wish("救助家庭技能培训", SCHOOLS, 3, "为救助家庭成员推荐培训机构", (
        (3, "outsider", "submit", ""), (2, _ASKED, "approve", "属于本部门职责"), (2, "sharing", "approve", "无条件共享，同意"))),
    Wish("低保资格年度复核", INSURED, 58, "每年复核低保对象的参保状态", (
        (58, "outsider", "submit", ""), (57, _ASKED, "approve", "属于本部门职责"), (52, "clerk", "approve", "符合共享条件"),
        (50, "sharing", "approve", "同意共享，不得留存明细"), (12, "outsider", "use", ""))),
    Wish("孤儿助学金核对", INSURED, 40, "发放助学金时核对参保状态", (
        (40, "outsider", "submit", ""), (39, _ASKED, "approve", "属于本部门职责"), (35, "clerk", "approve", "符合共享条件"),
        (34, "sharing", "approve", "同意共享"), (2, "supervision", "suspend", "发现非工作时间批量查询，须说明原因并整改"))),
    Wish("流浪人员救助核对", INSURED, 50, "核对受助人员的参保地", (
        (50, "outsider", "submit", ""), (49, _ASKED, "approve", "属于本部门职责"), (45, "clerk", "approve", "符合共享条件"),
        (44, "sharing", "approve", "同意共享"), (6, "outsider", "finish", "专项工作已完成"))),
    Wish("社会组织从业人员核对", INSURED, 55, "年检时核对社会组织专职人员参保", (
        (55, "outsider", "submit", ""), (54, _ASKED, "approve", "属于本部门职责"), (50, "clerk", "approve", "符合共享条件"),
        (49, "sharing", "approve", "同意共享"), (20, "outsider", "finish", "年检已结束"), (15, "outsider", "dispose",
            "核对结果已归档，前置库中的明细已删除"),
        (13, "clerk", "approve", "核收"))),
)


def play() -> str:
    """A line of where the requests stand; those that are there already stay as they are."""
    cast = {account.username: actor_of(account) for account in Account.objects.filter(is_active=True)}
    tables = {one.table: one for one in Resource.objects.published().filter(table__in=COLUMNS)}
    made = sum(_wish(one, tables[one.table], cast) for one in WISHES if one.table in tables)
    for instance in Instance.objects.filter(finished_at=None):
        clocking.reckon(instance)
    if made and INSURED in tables:
        _read(tables[INSURED], cast["outsider"])
    violations.detect()
    counts = Part.objects.count(), Share.objects.filter(state="in_use").count(), Violation.objects.filter(closed_at=None).count()
    return f"新办共享申请 {made} 份；申请 {counts[0]} 项，使用中 {counts[1]} 项，违规预警 {counts[2]} 条"


def _wish(wish: Wish, resource: Resource, cast: Mapping[str, Actor]) -> bool:
    if Request.objects.filter(title=wish.title).exists():
        return False
    asker = Organisation.objects.get(uscc=cast["outsider"].organisation)
    with ago(wish.days, 9):
        request = drafting.open_request(wish.title, asker, actor=cast["outsider"])
        part = drafting.add_parts(request, [resource], actor=cast["outsider"])[0]
        if wish.is_stated:
            drafting.state_part(part, _said(wish), actor=cast["outsider"])
    for hour, (days, who, move, reason) in enumerate(wish.moves, 10):
        with ago(days, hour):
            _MOVES.get(move, _decide)(Part.objects.get(pk=part.pk), cast[who], move, reason)
    return True


def _said(wish: Wish) -> Said:
    doors = [Door.ROWS, Door.GATEWAY, Door.VERIFY] if wish.table == INSURED else [Door.ROWS, Door.DOWNLOAD]
    until = clock.today() + timedelta(days=365)
    statement = Statement(COLUMNS[wish.table], LAW, DOCUMENT, ARTICLE, wish.scenario, "", (), [one.value for one in doors], until)
    return Said(statement, per_second=20, per_day=20_000)


def _submit(part: Part, actor: Actor, move: str, reason: str) -> None:
    asking.submit_request(part.request, actor=actor)


def _decide(part: Part, actor: Actor, move: str, reason: str) -> None:
    """The step that waits for a person decided: of the request, else of the disposal of its share."""
    share = Share.objects.filter(part=part, disposal__isnull=False).first()
    step = _step(share.disposal.instance if share is not None else part.instance)
    if move == "supplement":
        stopping.ask_supplement(step, reason.split("和"), actor=actor, reason="一次告知需补正的内容", document="补正通知〔演示〕2号")
    elif move == "extend":
        stopping.extend(step, 10, actor=actor, reason=reason, document="延期请示〔演示〕1号")
    else:
        advancing.decide(step, move, actor=actor, reason=reason)
    asking.settle(Part.objects.get(pk=part.pk))


def _step(instance: Instance | None) -> Step:
    found = publication.waiting_step(instance) if instance is not None else None
    if found is None:
        raise LookupError("演示的共享申请没有等待办理的环节")
    return found


def _dispute(part: Part, actor: Actor, move: str, reason: str) -> None:
    if move == "dispute":
        disputing.open_dispute(part, actor=actor, claim=reason)
    else:
        disputing.rule_dispute(part.disputes.get(), actor=actor, is_agreed=move == "agree", must_share=move == "agree", text=reason)


def _on_share(part: Part, actor: Actor, move: str, reason: str) -> None:
    share = Share.objects.get(part=part)
    if move == "suspend":
        ending.suspend_share(share, actor=actor, reason=reason, remedy_by=clock.today() + timedelta(days=12))
    elif move == "finish":
        ending.finish_use(share, actor=actor, reason=reason)
    elif move == "dispose":
        disposing.file_disposal(share, Receipt(DisposalMethod.DESTROYED, reason, clock.today()), actor=actor)
    else:
        recording.record_use(share, Used(
            clock.today() - timedelta(days=30), clock.today(), part.scenario, "经接口逐人核对，结果写入救助系统",
            "核对 1,286 人，免交参保证明 1,286 份", "只保存核对结果，不保存明细", "无"), actor=actor)


def _read(resource: Resource, actor: Actor) -> None:
    """Pages of rows read through the grant in the hours before, on record as every reading is."""
    plan = open_plan(actor, resource, door=Door.ROWS)
    for number in range(READINGS):
        with clock.frozen(clock.now() - timedelta(minutes=33 * number + 5)):
            shown = fetch_page(plan, RowsQuery(page_size=20 + number), pinned(resource.table))
            log.note_reading(actor, resource.code, action="rows", rows=len(shown.rows), plan=plan, request="demo")


_MOVES: Mapping[str, Callable[[Part, Actor, str, str], None]] = {
    "submit": _submit, "dispute": _dispute, "open": _dispute, "agree": _dispute, "suspend": _on_share, "finish": _on_share,
    "dispose": _on_share, "use": _on_share,
}
