"""The jobs of `suixin bench items`, each a process in a home of its own; the last line of each is one JSON object.

prepare COUNT   migrate, COUNT guides from a seeded generator with the materials of a real one, the index built; seconds
ask TIMES       each class of questions put to the index in this process; ms
bring COUNT     a workbook of COUNT handling items brought twice; seconds of each
codes COUNT     codes of COUNT guides
"""

import os
import random
import sys
import time
from collections.abc import Sequence

import orjson

SEED, PORTION = 510900, 500
DOING = "开办 设立 变更 注销 延续 换发 补办 备案 登记 申领 认定 核准".split()  # noqa: SIM905 words to read, not a list
THINGS = (  # noqa: SIM905 words to read, not a list
    "食品经营 餐饮服务 药品零售 医疗器械 道路货运 客运班线 网约车 危险化学品 烟花爆竹 特种设备 人力资源 劳务派遣 民办学校 "
    "校外培训 养老机构 "
    "旅馆 娱乐场所 网吧 演出 旅行社 民宿 建筑施工 商品房预售 物业服务 燃气经营 供水 排水 取水 河道采砂 林木采伐 "
    "种子生产 兽药 饲料 动物诊疗 "
    "生猪屠宰 农机 渔业捕捞 排污 危险废物 辐射安全 环境影响 不动产 国有土地 规划 矿产 测绘 律师执业 公证 法律援助 "
    "社会团体 基金会 婚姻 收养 "
    "低保 残疾人补贴 高龄津贴 公租房 公积金 社保卡 养老保险 失业保险 工伤 生育 医保 异地就医 护照 身份证 户口 驾驶证 机动车 居住证"
).split()
PLACES = "船山区 安居区 射洪市 蓬溪县 大英县 高新区 经开区 河东新区".split()  # noqa: SIM905 as above
SAID = "办 开 怎么办 要什么材料 在哪里办".split()  # noqa: SIM905 as above


def prepare(count: int) -> dict[str, list[float]]:
    """The world of the bench."""
    from django.core.management import call_command

    from suixin.cities.items import city_items
    from suixin.cities.loader import load_city
    from suixin.ground.people import actions as people
    from suixin.ground.search import actions as search
    from suixin.services.items.models import ItemVersion

    call_command("migrate", verbosity=0)
    if ItemVersion.objects.count() >= count:
        return {"seconds": []}
    city = load_city("suining")
    people.load_organisations(city.organisations_path)
    drafts = {draft.code: draft.content for draft in city_items(city)}
    real = [{**drafts[code[19:]], **content} for code, content in drafts.items() if len(code) == 31]
    rng = random.Random(SEED)  # noqa: S311 made-up material
    for start in range(0, count, PORTION):
        _make(range(start, min(start + PORTION, count)), real, rng)
    began = time.monotonic()
    search.rebuild("guide")
    return {"seconds": [time.monotonic() - began]}


def _make(numbers: range, real: Sequence[dict[str, object]], rng: random.Random) -> None:
    """Guides of these numbers, each with the elements of a real one and a name of its own."""
    from suixin.ground.people.models import Organisation
    from suixin.kit import clock
    from suixin.services.items.models import Item, ItemVersion
    from suixin.services.items.queries import digest_of

    now, places = clock.now(), list(Organisation.objects.filter(kind="department"))
    common = {"state": "1", "version": 1, "is_changed": False, "created_at": now, "updated_at": now}
    basics = Item.objects.bulk_create([
        Item(tier="basic", code=f"990131{number // 999 + 1:03d}{number % 999 + 1:03d}", title="主项", content={}, **common)
        for number in numbers
    ])
    items = []
    for number, parent in zip(numbers, basics, strict=True):
        place, thing = rng.choice(places), rng.choice(THINGS)
        title = f"{rng.choice(PLACES)}{thing}{rng.choice(DOING)}{number}"
        content = {
            **rng.choice(real), "task_name": title, "summary": f"{title}，网上和窗口都能办",
            "keywords": "；".join(f"{word}{thing}" for word in rng.sample(SAID, 2)),
        }
        code = f"{place.uscc}3{parent.code}"
        items.append(Item(
            tier="implementation", parent=parent, code=code, organisation=place, title=title, content=content, **common,
        ))
    ItemVersion.objects.bulk_create([
        ItemVersion(
            item=item, number=1, state="1", content=item.content, stated=item.content, department=str(item.organisation), valid_from=now,
            digest=digest_of(item.content), published_at=now, published_by="测量",
        ) for item in Item.objects.bulk_create(items)
    ])


def ask(times: int) -> dict[str, list[float]]:
    """Milliseconds of each question of every class."""
    from suixin.ground.search import finding as search
    from suixin.services.items import finding

    search.search(finding.PUBLIC, "热身")
    found = {}
    for name, questions in _questions(times).items():
        taken = []
        for question in questions:
            began = time.perf_counter()
            search.search(finding.PUBLIC, question)
            taken.append((time.perf_counter() - began) * 1000)
        found[name] = taken
    return found


def bring(count: int) -> dict[str, list[float]]:
    """Seconds of bringing a workbook of handling items, and of bringing it again."""
    from suixin.data.catalog.exchange import writing
    from suixin.kit.actor import SYSTEM
    from suixin.services.items.exchange import bringing
    from suixin.services.items.exchange.layout import ITEMS, shape
    from suixin.services.items.models import Item

    columns = [place.key for place in shape().columns[ITEMS]]
    parents = list(Item.objects.filter(tier="implementation").order_by("code").values_list("code", flat=True)[:count])
    attempt = Item.objects.filter(tier="handling").count() // max(count, 1) + 1
    told = [{"code": f"{code}{attempt:02d}", "task_name": f"办理项{number}", "promise_day": "0", "project_type": "即办件"}
            for number, code in enumerate(parents)]
    content = writing.written({ITEMS: [[row.get(key, "") for key in columns] for row in told]}, of=shape())
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        brought = bringing.bring(content, actor=SYSTEM)
        seconds.append(time.monotonic() - began)
        if brought.faults:
            raise SystemExit(brought.faults[0].sentence)
    return {"seconds": seconds}


def codes(count: int) -> dict[str, list[str]]:
    """Codes of guides to be asked for."""
    from suixin.services.items import queries

    return {"codes": list(queries.guides().values_list("item__code", flat=True)[:count])}


def _questions(count: int) -> dict[str, list[str]]:
    from pypinyin import lazy_pinyin

    from suixin.services.items.models import Item

    rng = random.Random(SEED + 1)  # noqa: S311 made-up material
    titles = list(Item.objects.filter(tier="implementation").order_by("pk").values_list("title", flat=True))
    picked = [title.rstrip("0123456789") for title in rng.sample(titles, min(count * 3, len(titles)))]
    said = [f"{word}{thing}" for thing in THINGS for word in SAID]
    rng.shuffle(said)
    mistyped = [title[: len(title) // 2] + "的" + title[len(title) // 2 + 1 :] for title in picked]
    several = [f"{place} {one}" for place in PLACES for one in said]
    return {
        "said": (said + several)[:count], "title": picked[:count],
        "pinyin": ["".join(lazy_pinyin(title)) for title in picked[count : 2 * count]],
        "typo": mistyped[2 * count :][:count] or mistyped[:count],
    }


def main(arguments: Sequence[str]) -> None:
    """One of the jobs by name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    name, count = arguments
    sys.stdout.write(orjson.dumps({"prepare": prepare, "ask": ask, "bring": bring, "codes": codes}[name](int(count))).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
