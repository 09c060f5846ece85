"""Live procedures on a first start: publications and work orders in every state, made by the cast with the real actions.

What happened earlier was done at an earlier time of the clock, so that due dates, colours, the late list and the league table
have honest content. Each case is known by its table or fingerprint: a second run makes nothing again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import suixin
from suixin.data.catalog import actions as catalog
from suixin.data.catalog import publication
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.ground.flow import advancing, clocking, procedures, stopping
from suixin.ground.flow.models import ACTIVE, Instance, Step
from suixin.ground.flow.orders import actions as orders
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.subjects import Subject
from suixin.ground.people.models import Account, Organisation
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.site.flows import SHIPPED

EARLIEST = 60  # days ago: before that no procedure was in force
ITEMS = (
    ItemSpec("code", "编码", ItemType.TEXT, 20, is_key=True, nullable=False),
    ItemSpec("name", "名称", ItemType.TEXT, 100, nullable=False),
    ItemSpec("division_code", "行政区划代码", ItemType.TEXT, 12),
    ItemSpec("opened_on", "设立日期", ItemType.DATE),
)


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody did so many days ago: an account's name and a decision, or one of the words of `_MOVES`."""

    days: int
    who: str
    action: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An entry that an account proposed so many days ago, and what became of it."""

    table: str
    title: str
    who: str
    days: int
    moves: tuple[Move, ...] = ()


CASES = (
    Case("training_schools", "职业技能培训机构名录", "clerk", 24, (
        Move(24, "clerk", "submit"), Move(22, "head", "approve", "内容准确"), Move(21, "review", "approve", "要素齐全，同意发布"),
    )),
    Case("dispute_mediators", "劳动争议调解组织名录", "clerk", 30, (
        Move(29, "clerk", "submit"), Move(27, "head", "approve"), Move(15, "review", "approve", "补齐共享依据后同意"),
    )),
    Case("job_fairs", "招聘会场次安排", "clerk", 12, (Move(12, "clerk", "submit"), Move(11, "head", "approve"))),
    Case("internship_bases", "就业见习基地名录", "clerk", 9),
    Case("card_outlets", "社保卡服务网点", "clerk", 7, (
        Move(7, "clerk", "submit"), Move(6, "head", "approve"), Move(5, "review", "supplement", "缺少共享条件和更新频率的依据"),
    )),
    Case("hr_agencies", "人力资源服务机构名录", "clerk", 6, (
        Move(6, "clerk", "submit"), Move(5, "head", "approve"), Move(4, "review", "suspend", "等待保密风险评估结论"),
    )),
    Case("skill_certificates", "职业技能等级证书种类", "clerk", 0, (Move(0, "clerk", "submit"),)),
    Case("care_stations", "社区养老服务站点", "outsider", 21),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding by hand, and what became of its order; dates as in `Case`."""

    mark: str
    title: str
    detail: str
    days: int
    moves: tuple[Move, ...] = ()


FINDINGS = (
    Finding("demo-stale-notice", "参保登记经办须知与现行规定不一致", "网站上的经办须知仍引用旧文件，请更新并说明依据。", 26, (
        Move(25, "clerk", "approve", "由本单位负责"), Move(20, "clerk", "approve", "已按现行规定更新"),
        Move(19, "officer", "approve", "已核对"),
    )),
    Finding("demo-late-update", "参保信息超过更新周期未更新", "目录约定每月更新，最近一批已超过四十天。", 24, (
        Move(23, "clerk", "approve", "由本单位负责"),
    )),
    Finding("demo-unit-mix", "就业补贴金额的计量单位前后不一", "同一信息项既有元也有万元，请统一为目录约定的单位。", 1),
)


def put_in_force() -> None:
    """The shipped procedures in force since before the first case; to be called before anything starts one."""
    with ago(EARLIEST):
        for name in SHIPPED:
            procedures.publish_procedure((Path(suixin.__file__).parent / name).read_text("utf-8"), actor=SYSTEM, note="随系统发布")


def play() -> str:
    """A line of what waits now; cases that are there already stay as they are."""
    cast = {account.username: actor_of(account) for account in Account.objects.filter(is_active=True)}
    made = sum(_publication(case, cast) for case in CASES) + sum(_order(one, cast) for one in FINDINGS)
    for instance in Instance.objects.filter(finished_at=None):
        clocking.reckon(instance)
    live, late = Instance.objects.filter(finished_at=None), Step.objects.filter(status__in=ACTIVE, colour="red")
    open_orders = WorkOrder.objects.filter(open_key__isnull=False)
    return f"新办 {made} 件；办理中 {live.count()} 件，超期环节 {late.count()} 个，未办结工单 {open_orders.count()} 张"


def _publication(case: Case, cast: Mapping[str, Actor]) -> bool:
    if Resource.objects.filter(table=case.table).exists():
        return False
    proposer = cast[case.who]
    contract = Contract("", case.table, case.title, ITEMS, write_mode=WriteMode.UPSERT)
    draft = ResourceDraft(
        contract, proposer.organisation, "307001", abstract=f"{case.title}的编码、名称、区划和设立日期（模拟数据）。",
        share_type="unconditional", open_type="withheld", update_cycle="4", is_simulated=True, format_type="xlsx", data_class="法人",
        secrecy_assessment="保密评〔演示〕1号", privacy_assessment="不涉及",
    )
    with ago(case.days, 9) as then:
        resource = catalog.propose_resource(draft, actor=proposer)
        Resource.objects.filter(pk=resource.pk).update(created_at=then, updated_at=then)  # Django stamps these by the real clock
        resource.refresh_from_db()
        publication.begin(resource, actor=proposer)
    for hour, move in enumerate(case.moves, 10):
        with ago(move.days, hour):
            _moved(publication.running(resource), cast[move.who], move, resource)
    return True


def _order(finding: Finding, cast: Mapping[str, Actor]) -> bool:
    if WorkOrder.objects.filter(fingerprint=finding.mark).exists():
        return False
    place = Organisation.objects.get(uscc=cast["clerk"].organisation)
    with ago(finding.days, 9):
        order = orders.open_order(
            "general", subject=Subject("flow.finding", place.slug), title=finding.title, detail=finding.detail, organisation=place,
            fingerprint=finding.mark, actor=cast["officer"],
        )
    for hour, move in enumerate(finding.moves, 10):
        with ago(move.days, hour):
            _moved(order.instance, cast[move.who], move)
    return True


def _moved(instance: Instance | None, actor: Actor, move: Move, resource: Resource | None = None) -> None:
    if move.action == "submit" and resource is not None:
        resource.refresh_from_db()
        publication.submit(resource, actor=actor, reason=move.reason)
        return
    step = publication.waiting_step(instance) if instance else None
    if step is None:
        return
    if move.action == "supplement":
        stopping.ask_supplement(step, [move.reason], actor=actor, reason="一次告知需补正的内容", document="补正通知〔演示〕1号")
    elif move.action == "suspend":
        stopping.suspend(
            step, actor=actor, reason=move.reason, document="挂起审批〔演示〕1号", legal_basis="政务数据共享条例第十三条（保密风险评估）",
        )
    else:
        advancing.decide(step, move.action, actor=actor, reason=move.reason)


@contextmanager
def ago(days: int, hour: int = 8) -> Iterator[datetime]:
    """That hour so many days ago; never after now."""
    now = clock.now()
    instant = (now - timedelta(days=days)).astimezone(clock.CHINA).replace(hour=hour, minute=5 * (days % 7), second=0, microsecond=0)
    with clock.frozen(min(instant, now - timedelta(minutes=30 - hour))):
        yield instant
