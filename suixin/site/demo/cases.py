"""Applications on a first start: cases in every state, a theme under way and one that is done, made with the real actions.

Applicants are the made-up residents who may sign in (`residents.simulated`). What happened earlier was done at an earlier time of the
clock. Each application is known by its token: a second run makes nothing again; what a city does not offer is left out.
"""

from collections import Counter
from datetime import date

from suixin.ground.flow import clocking
from suixin.ground.flow.models import Instance
from suixin.ground.people.residents import simulated
from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.kit.actor import SYSTEM, Actor
from suixin.services.cases import supervising
from suixin.services.cases.models import Case, State
from suixin.services.matters.models import Matter, MatterState
from suixin.site.demo.handing_in import NEAR, Asked, apply

FIRM = {
    "firm_name": "遂宁示例商贸有限公司", "firm_kind": "有限责任公司", "firm_scope": "日用百货销售", "firm_capital": 50,
    "legal_person": "周玲建", "legal_person_id": "510903190101050006", "firm_mobile": "15400000001", "finance_name": "周玲建",
    "finance_mobile": "15400000001", "premises_address": "四川省遂宁市船山区示例路 1 号", "premises_source": "自有", "premises_area": 60,
    "seals": ["公章", "财务专用章"], "taxpayer_kind": "小规模纳税人", "accounting": "小企业会计准则", "invoice_kind": ["数电普通发票"],
    "invoice_quota": 100_000, "firm_bank": "示例银行 6200000000000000000", "firm_staff": 0,
}
WORKER = {
    "applicant_address": "四川省遂宁市船山区示例小区 1 栋 101 号", "work_kind": "网约车或外卖骑手", "work_place": "凯旋路街道",
    "work_start": date(2026, 1, 1), "pension_base": "60%", "medical_plan": "单建统筹", "pay_period": "按月",
    "pay_account": "6200000000000000000",
}
CASES = (
    Asked("zhou", 3, "002039101001", values={"q1": "临时就医"}, moves=((3, "at_once", "周玲建"),)),
    Asked("zhou", 1, "002014122001", values={"q1": 30, "q2": False}),
    Asked("zhou", 4, "000511102001", values={"q1": 520, "q2": False}, moves=(
        (3, "supplement", "家庭收入和财产声明（缺配偶签字）"), (3, "write", "配偶在外地，可以拍照上传吗？"),
        (2, "reply", "可以，签字后拍照上传即可。"))),
    Asked("ouyang", NEAR, "000131106001", values={"q1": "自有", "q2": True, "q3": False, "q4": 80}, moves=((NEAR, "approve", ""),)),
    Asked("feng", 2, "000109101001", moves=((2, "approve", ""), (1, "fee", "普通护照"))),
    Asked("feng", 6, "000705102001", moves=((5, "reject", "户籍和居住地都不在本市，应当向户籍地或者居住地的教育部门申请"),)),
    Asked("zhou", 21, "000118102001", values={"q1": 8}, moves=(
        (21, "approve", ""), (16, "approve", "背景核查通过，考试合格"), (15, "approve", "符合条件，准予"), (14, "deliver", "周玲建"))),
    Asked("zhou", 1, theme="firm-start", situation={"场所来源": "自有", "刻章": True, "领发票": True, "招用职工": False}, values=FIRM,
          moves=((1, "licence", "approve"), (0, "seal", "accept"))),
    Asked("feng", 9, theme="flexible-work", situation={"参加养老": False, "补贴对象": False, "缴公积金": False, "没有社保卡": False},
          values=WORKER, moves=((9, "employment", "approve"), (8, "medical", "approve"), (7, "payment", "approve"), (6, "", "deliver"))),
)


def play() -> str:
    """A line of where the cases stand; those that are there already stay as they are."""
    actors = {one.account: _actor(one) for one in simulated.declared()}
    made = sum(apply(one, actors[one.who]) for one in CASES if one.who in actors)
    for instance in Instance.objects.filter(finished_at=None, subject_kind="cases.case"):
        clocking.reckon(instance)
    cards = supervising.give_due_cards(actor=SYSTEM)
    states = Counter(State(one).label for one in Case.objects.values_list("state", flat=True))
    told = "、".join(f"{state} {count}" for state, count in states.items())
    ended = Matter.objects.exclude(state=MatterState.OPEN).count()
    return f"新办申请 {made} 份，亮牌 {cards} 张；办件：{told or '无'}；一件事 {Matter.objects.count()} 件，已结束 {ended} 件"


def _actor(person: simulated.Person) -> Actor:
    """The person acting as on the pages: for its firm when it stands for one."""
    resident = simulated.resident_of(person)
    agency = resident.agencies.in_force().select_related("firm").first()
    return actor_of_session(ResidentSession(resident=resident, acting_for=agency))
