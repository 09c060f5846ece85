"""The jobs of `suixin bench search`, each a process in a home of its own; the last line of each is one JSON object.

prepare COUNT   migrate, COUNT resources with 20 items each from a seeded generator, the index built; seconds
ask TIMES       each class of questions put to the index in this process, and the bare FTS query of the same words; ms
questions N     N different questions of every class, for the load on the server
"""

import os
import random
import sys
import time
from collections.abc import Callable, Sequence

import orjson

SEED, ITEMS, PORTION = 510900, 20, 1_000
PLACES = (  # noqa: SIM905 words to read, not a list
    "船山区 安居区 射洪市 蓬溪县 大英县 高新区 经开区 河东新区 仁里镇 永兴镇 新桥镇 桂花镇 "
    "老池镇 保升镇"
).split()
FIELDS = (  # noqa: SIM905 words to read, not a list
    "养老保险 医疗保险 失业保险 工伤保险 住房公积金 不动产 机动车 道路运输 食品经营 药品经营 "
    "特种设备 建筑工程 城市道路 公共停车 生活垃圾 空气质量 地表水 饮用水 危险废物 水库大坝 "
    "山洪灾害 耕地保护 农机购置 生猪养殖 学前教育 义务教育 校外培训 高等教育 医疗机构 预防接种 "
    "传染病 妇幼保健 社会救助 养老服务 残疾人 退役军人 婚姻登记 社会组织 律师执业 法律援助 "
    "行政处罚 行政许可 招标投标 政府采购 财政预算 税收征管 企业登记 个体工商户 知识产权 "
    "商标注册 产品质量 计量检定 公共交通 出租汽车 旅游景区 文物保护 公共图书馆 体育场地 "
    "天气预报 地震监测"
).split()
THINGS = (  # noqa: SIM905 words to read, not a list
    "登记信息 许可信息 备案信息 名录 统计 监测数据 检查结果 处罚信息 补贴发放信息 人员信息 "
    "设施信息 项目信息 公告 评价结果 从业人员 投诉处理 年度报告 资金使用情况 点位信息 预警信息"
).split()
HEADS = (  # noqa: SIM905 words to read, not a list
    "姓名 单位 机构 企业 项目 申请 登记 许可 检查 监测 处罚 补贴 评价 设备 车辆 房屋 "
    "土地 药品 食品 学校 医院 道路 河流 水库 案件 合同 资金 人员 证书 地址"
).split()
TAILS = (  # noqa: SIM905 words to read, not a list
    "名称 编号 日期 金额 类型 状态 等级 数量 面积 代码 负责人 联系电话 有效期 结果 原因 "
    "经度 纬度 依据 机关 说明"
).split()


def titles(count: int) -> list[str]:
    """Titles of `count` resources; the same for the same count."""
    rng = random.Random(SEED)  # noqa: S311 made-up material
    return [f"{rng.choice(PLACES)}{rng.choice(FIELDS)}{rng.choice(THINGS)}{number}" for number in range(count)]


def prepare(count: int) -> dict[str, list[float]]:
    """The world of the bench."""
    from django.core.management import call_command

    from suixin.data.catalog.models import Item, Resource
    from suixin.ground.people.models import Organisation
    from suixin.ground.search import actions

    call_command("migrate", verbosity=0)
    if Resource.objects.count() == count:
        return {"seconds": []}
    places = [
        Organisation.objects.create(uscc=f"bench{number:013d}", name=f"{place}{what}局", slug=f"bench-{number}")
        for number, (place, what) in enumerate((p, w) for p in PLACES for w in ("教育", "卫生", "民政", "交通", "市场监管"))
    ]
    rng = random.Random(SEED + 1)  # noqa: S311 made-up material
    named = titles(count)
    for start in range(0, count, PORTION):
        made = Resource.objects.bulk_create([
            Resource(
                code=f"307001/{number:06d}", category="307001", table=f"bench_{number}", title=named[number], provider=rng.choice(places),
                abstract=f"{named[number]}由主管单位在履行职责中形成，供查询、统计和共享。",
                theme=rng.choice(FIELDS), level=rng.randint(1, 3),
                share_type=rng.choice(["unconditional", "conditional", "withheld"]), update_cycle=str(rng.randint(1, 6)), state="published",
                open_type=rng.choice(["unconditional", "conditional", "withheld"]), format_type=rng.choice(["csv", "xlsx", "db"]),
            )
            for number in range(start, min(start + PORTION, count))
        ])
        Item.objects.bulk_create([
            Item(resource=resource, position=place, field=f"f{place}", name=rng.choice(HEADS) + rng.choice(TAILS), type="C")
            for resource in made for place in range(1, ITEMS + 1)
        ])
    began = time.monotonic()
    actions.rebuild("resource")
    took = time.monotonic() - began
    _lay_bare()
    return {"seconds": [took]}


def questions(count: int) -> dict[str, list[str]]:
    """Different questions of every class."""
    from pypinyin import lazy_pinyin

    rng = random.Random(SEED + 2)  # noqa: S311 made-up material
    singles = [*FIELDS, *THINGS, *(head + tail for head in HEADS for tail in TAILS)]
    rng.shuffle(singles)
    several = [f"{rng.choice(PLACES)} {rng.choice(FIELDS)} {rng.choice(TAILS)}" for _ in range(count)]
    phrases = [rng.choice(FIELDS) + rng.choice(THINGS) for _ in range(2 * count)]
    return {
        "single": singles[:count], "several": list(dict.fromkeys(several)),
        "pinyin": list(dict.fromkeys("".join(lazy_pinyin(one)) for one in phrases[:count])),
        "typo": list(dict.fromkeys(_mistyped(one, rng) for one in phrases[count:])),
    }


def _mistyped(text: str, rng: random.Random) -> str:
    place = rng.randrange(len(text) - 1)
    match rng.randrange(3):
        case 0:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        case 1:
            return text[:place] + text[place + 1 :]
        case _:
            return text[:place] + rng.choice("之以其所") + text[place + 1 :]


def _lay_bare() -> None:
    """The same texts in an FTS5 table as one would make it by hand; PostgreSQL's vectors serve as they are."""
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_bare")
            cursor.execute("CREATE VIRTUAL TABLE bench_bare USING fts5(title, other)")
            cursor.execute("INSERT INTO bench_bare (rowid, title, other) SELECT rowid, title, other FROM search_index")
    else:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def ask(times: int) -> dict[str, object]:
    """Milliseconds of every class, asked anew each time, beside the bare query."""
    from django.db import connection

    from suixin.data.catalog.finding import PUBLIC
    from suixin.ground.search import finding
    from suixin.ground.search.text import pairs

    sentence = {
        "sqlite": "SELECT rowid FROM bench_bare WHERE bench_bare MATCH %s ORDER BY rank LIMIT 20",
        "postgresql": """
            SELECT document_id FROM search_terms, (SELECT %s::tsquery AS q) asked
            WHERE every @@ q ORDER BY ts_rank(every, q) DESC LIMIT 20""",
    }[connection.vendor]
    joint, mark = (" AND ", '"') if connection.vendor == "sqlite" else (" & ", "'")

    def bare(words: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sentence, [joint.join(f"{mark}{pair}{mark}" for word in words.split() for pair in pairs(word))])
            cursor.fetchall()

    def counted(words: str) -> None:
        finding.search(PUBLIC, words)

    asked = questions(times)
    for warm in ("热身", "gongjiaoxianlu"):
        counted(warm)
    found: dict[str, object] = {}
    for name, words in asked.items():
        found[name], found[f"cpu_{name}"] = _times(counted, words)
    found["known"], found["cpu_known"] = _times(counted, asked["typo"][-100:])
    for name in ("single", "several"):
        found[f"bare_{name}"], found[f"bare_cpu_{name}"] = _times(bare, asked[name])
    return found


def _times(call: Callable[[str], None], words: Sequence[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of each call by the clock, and of the processor."""
    wall, processor = [], []
    for one in words:
        began, busy = time.perf_counter(), time.process_time()
        call(one)
        wall.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - busy) * 1000)
    return wall, processor


def main(words: list[str]) -> None:
    """Run one of the jobs in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    match words:
        case ["prepare", count]:
            answer: object = prepare(int(count))
        case ["ask", times]:
            answer = ask(int(times))
        case _:
            sys.exit(f"unknown job {words}")
    print(orjson.dumps(answer).decode(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
