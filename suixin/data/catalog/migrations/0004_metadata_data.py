"""What stood before: each entry's code becomes its primary classification, a withheld entry's condition its basis; the upper tree."""

import re

from django.db import migrations

CLASSES = {
    "1": ("基础信息资源", ["国家人口基础信息资源", "法人单位基础信息资源", "自然资源和空间地理基础信息资源", "社会信用基础信息资源", "电子证照基础信息资源"]),
    "2": ("主题信息资源", ["公共服务", "健康保障", "社会保障", "食品药品安全", "安全生产", "价格监管", "能源安全", "信用体系", "城乡建设", "社区治理", "生态环保", "应急维稳"]),
    "3": ("部门信息资源", ["党中央", "全国人大常委会", "国务院", "全国政协", "最高人民法院", "最高人民检察院", "省（自治区、直辖市）及其下各级政务部门", "计划单列市及其下各级政务部门"]),
}


def carry_over(apps, schema_editor):
    Resource, Classification = apps.get_model("catalog", "Resource"), apps.get_model("catalog", "Classification")
    Classification.objects.bulk_create(
        (Classification(resource_id=pk, category=category, code=code, is_primary=True)
         for pk, category, code in Resource.objects.values_list("pk", "category", "code")), batch_size=500,
    )
    for entry in Resource.objects.filter(share_type="withheld", basis_document="").exclude(share_condition=""):
        article = re.search(r"第[零〇一二三四五六七八九十百千0-9]+条", entry.share_condition)
        number = re.search(r"国务院令第?[零〇一二三四五六七八九十百千0-9]+号|国发〔\d{4}〕\d+号", entry.share_condition)
        entry.basis_document = entry.withhold_reason = entry.share_condition
        entry.basis_article, entry.basis_number = article[0] if article else "", number[0] if number else ""
        entry.save(update_fields=["basis_document", "basis_article", "basis_number", "withhold_reason"])


def plant(apps, schema_editor):
    Category = apps.get_model("catalog", "Category")
    for code, (name, items) in CLASSES.items():
        parent, _ = Category.objects.get_or_create(code=code, defaults={"name": name})
        for number, item in enumerate(items, 1):
            Category.objects.get_or_create(code=f"{code}{number:02d}", defaults={"name": item, "parent": parent})


class Migration(migrations.Migration):

    dependencies = [("catalog", "0003_metadata")]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RunPython(plant, migrations.RunPython.noop),
    ]
