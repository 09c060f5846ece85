"""The systems register and the demand list on a first start: systems with their entries, demands in every state (模拟).

Each is made by the cast with the real actions, demands at an earlier time of the clock; what is there already stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from suixin.data.catalog import demands, systems
from suixin.data.catalog.models import (
    Demand,
    DemandState,
    InformationSystem,
    Network,
    Protection,
    Resource,
    ResourceState,
    SystemState,
)
from suixin.ground.people.models import Account, Organisation
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.site.demo.flows import ago


@dataclass(frozen=True, slots=True)
class System:
    """A system, who registers it, and how many published entries of its organisation it holds."""

    who: str
    draft: systems.SystemDraft
    holds: int


SYSTEMS = (
    System("clerk", systems.SystemDraft(
        "rsj-yth", "人社一体化信息系统", "市人社信息中心(模拟)", Protection.THIRD, ("Oracle",), Network.DEDICATED, date(2019, 7, 1)), 4),
    System("clerk", systems.SystemDraft(
        "rsj-jyfw", "公共就业服务平台", "市就业服务中心(模拟)", Protection.SECOND, ("MySQL",), Network.EXTRANET, date(2021, 3, 15)), 2),
    System("clerk", systems.SystemDraft(
        "rsj-zyjn", "职业技能鉴定考务系统", "市技能鉴定中心(模拟)", Protection.SECOND, ("SQL Server",), Network.LOCAL, date(2015, 9, 1),
        SystemState.STOPPED), 0),
    System("outsider", systems.SystemDraft(
        "mzj-shjz", "社会救助管理系统", "市民政信息中心(模拟)", Protection.THIRD, ("PostgreSQL",), Network.EXTRANET, date(2020, 11, 1)), 3),
    System("officer", systems.SystemDraft(
        "sjj-gxjh", "公共数据共享交换平台", "市大数据中心(模拟)", Protection.THIRD, ("PostgreSQL", "Delta Lake"), Network.EXTRANET,
        date(2024, 6, 1)), 2),
    System("officer", systems.SystemDraft(
        "sjj-zjk", "城市智能中枢", "市大数据中心(模拟)", Protection.THIRD, (), Network.EXTRANET, None, SystemState.BUILDING), 0),
)


@dataclass(frozen=True, slots=True)
class Need:
    """A demand filed so many days ago; `moves`: days ago, account and move of each thing that was done with it."""

    who: str
    days: int
    title: str
    purpose: str
    basis: str
    items: tuple[str, ...]
    moves: tuple[tuple[int, str, str], ...] = ()


NEEDS = (
    Need("outsider", 14, "参保状态核验", "审核社会救助申请时核验参保状态", "《社会救助暂行办法》(国务院令第649号)第五十八条",
         ("公民身份号码", "险种", "参保状态"), ((13, "officer", "match"),)),
    Need("outsider", 9, "就业登记信息", "核验低保申请人就业状况", "《社会救助暂行办法》(国务院令第649号)第五十八条",
         ("公民身份号码", "就业状态", "登记日期"), ((8, "officer", "assign"), (4, "clerk", "promise"))),
    Need("outsider", 6, "工伤认定结论", "核对救助对象的赔付", "《社会救助暂行办法》(国务院令第649号)第五十八条",
         ("公民身份号码", "认定结论"), ((5, "officer", "assign"),)),
    Need("clerk", 1, "殡葬火化信息", "核减死亡人员的养老待遇", "《中华人民共和国社会保险法》第八十八条", ("公民身份号码", "火化日期")),
)
TAKEN = "resident_insurance"  # the entry that answers the first one


def fill() -> str:
    """A line on what stands in both registers now."""
    cast = {account.username: actor_of(account) for account in Account.objects.filter(is_active=True)}
    for system in SYSTEMS:
        _register(system, cast[system.who])
    for need in NEEDS:
        _file(need, cast)
    waiting = Demand.objects.filter(state__in=(DemandState.FILED, DemandState.ASSIGNED)).count()
    return f"信息系统 {InformationSystem.objects.count()} 个；数据需求 {Demand.objects.count()} 件，待答复 {waiting} 件"


@transaction.atomic
def _register(system: System, actor: Actor) -> None:
    if InformationSystem.objects.filter(code=system.draft.code).exists():
        return
    place = Organisation.objects.get(uscc=actor.organisation)
    kept = systems.keep_system(system.draft, place, actor=actor)
    held = Resource.objects.filter(provider=place, state=ResourceState.PUBLISHED, held_in=None).order_by("pk")[: system.holds]
    systems.hold_resources(kept, held, actor=SYSTEM, reason="按系统登记(模拟)")  # as they stood when the city was loaded


@transaction.atomic  # whole or not at all: one that is there is left alone
def _file(need: Need, cast: Mapping[str, Actor]) -> None:
    if Demand.objects.filter(title=need.title).exists():
        return
    actor = cast[need.who]
    wanted = demands.Wanted(need.title, need.purpose, need.basis, [(name, "") for name in need.items])
    with ago(need.days, 9):
        demand = demands.file_demand(wanted, Organisation.objects.get(uscc=actor.organisation), actor=actor)
    for days, who, move in need.moves:
        with ago(days, 10):
            _moved(demand, move, cast[who])


def _moved(demand: Demand, move: str, actor: Actor) -> None:
    demand.refresh_from_db()
    if move == "match":
        demands.match_demand(demand, actor=actor, reason="已有目录，可申请共享", resource=Resource.objects.get(table=TAKEN))
    elif move == "assign":
        owner = Organisation.objects.get(slug="human-resources")
        demands.match_demand(demand, actor=actor, reason="属该单位职责", owner=owner)
    else:
        promised = clock.today() + timedelta(days=20)
        demands.answer_demand(demand, actor=actor, text="数据已在归集，编目后共享", promised_on=promised)
