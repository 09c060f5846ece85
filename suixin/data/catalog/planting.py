"""The upper tree of categories, there after every migration: classes and their items, below which a province and a city go on.

Source  standards/data.md 1.2
"""

from suixin.data.catalog.models import Category

CLASSES: dict[str, tuple[str, str]] = {  # code: name, items in order
    "1": (
        "基础信息资源",
        "国家人口基础信息资源 法人单位基础信息资源 自然资源和空间地理基础信息资源 社会信用基础信息资源 电子证照基础信息资源",
    ),
    "2": (
        "主题信息资源",
        ("公共服务 健康保障 社会保障 食品药品安全 安全生产 "
        "价格监管 能源安全 信用体系 城乡建设 社区治理 "
        "生态环保 应急维稳"),
    ),
    "3": (
        "部门信息资源",
        ("党中央 全国人大常委会 国务院 全国政协 最高人民法院 "
        "最高人民检察院 省（自治区、直辖市）及其下各级政务部门 计划单列市及其下各级政务部门"),
    ),
}


def plant() -> None:
    """Classes and items that are not there yet; names that somebody changed stay."""
    known = set(Category.objects.filter(code__regex=r"^[0-9]{1,3}$").values_list("code", flat=True))
    for code, (name, items) in CLASSES.items():
        if code not in known:
            Category.objects.get_or_create(code=code, defaults={"name": name})
        parent = Category.objects.get(code=code)
        for number, item in enumerate(items.split(), 1):
            if f"{code}{number:02d}" not in known:
                Category.objects.get_or_create(code=f"{code}{number:02d}", defaults={"name": item, "parent": parent})
