"""Check 1: every published entry states what the guide of 2017 and Decree 809 demand; withholding has a lawful basis."""

from suixin.data.catalog.models import Resource, ShareType
from suixin.data.catalog.rules import basis_faults
from suixin.site.compliance.values import Heading, Part

COMPLETE = Heading("1.1", "目录必备项(13 项与分类分级)齐全率 100%", "政务信息资源目录编制指南(2017);国务院令第809号第13条")
CONDITIONS = Heading("1.2", "有条件共享写明条件", "国务院令第809号第15条")
WITHHELD = Heading("1.3", "不予共享的依据只能是法律、行政法规或国务院决定", "国务院令第809号第14、15条")


def completeness() -> Part:
    """1.1: metadata that are missing, by entry."""
    entries = list(Resource.objects.published().select_related("provider").prefetch_related("items"))
    lacking = {entry.code: missing for entry in entries if (missing := missing_of(entry))}
    figures: dict[str, int | float | str] = {
        "目录": len(entries), "齐全": len(entries) - len(lacking),
        "齐全率%": round(100 * (len(entries) - len(lacking)) / len(entries), 2) if entries else 100,
    }
    sentence = f"{len(entries)} 条已发布目录的必备项全部齐全。"
    if lacking:
        sentence = f"{len(lacking)} 条目录缺项;请在“数据资源”里补齐。"
    return COMPLETE.judged(not lacking, sentence, figures, [f"{code}:缺 {'、'.join(names)}" for code, names in lacking.items()])


def conditions() -> Part:
    """1.2: conditional sharing without a condition."""
    conditional = Resource.objects.published().filter(share_type=ShareType.CONDITIONAL)
    bare, total = list(conditional.filter(share_condition="").values_list("code", flat=True)), conditional.count()
    sentence = f"{total} 条有条件共享的目录都写明了条件。"
    if bare:
        sentence = f"{len(bare)} 条有条件共享的目录没有写条件;请补充共享范围与用途。"
    return CONDITIONS.judged(not bare, sentence, {"有条件共享": total, "未写条件": len(bare)}, bare)


def withheld_bases() -> Part:
    """1.3: entries withheld without a lawful basis."""
    entries = Resource.objects.published().filter(share_type=ShareType.WITHHELD)
    bad = [entry.code for entry in entries if basis_faults(entry.basis_document, entry.basis_number, entry.basis_article)]
    sentence = "不予共享的目录都有合法依据。"
    if bad:
        sentence = f"{len(bad)} 条不予共享的目录没有合法依据;请写明法律、行政法规或国务院决定的名称与条款。"
    return WITHHELD.judged(not bad, sentence, {"不予共享": len(entries), "依据不合规": len(bad)}, bad)


def missing_of(entry: Resource) -> list[str]:
    """Names of the obligatory metadata that the entry lacks (related codes are optional)."""
    stated = {
        "分类": entry.category, "名称": entry.title.strip(), "代码": entry.code, "提供方": entry.provider.name,
        "提供方代码": entry.provider.uscc, "摘要": entry.abstract.strip(), "格式": entry.format_category and entry.format_type,
        "信息项": len(entry.items.all()),
        "共享属性": entry.share_type and (entry.share_method or entry.share_type == ShareType.WITHHELD), "开放属性": entry.open_type,
        "更新周期": entry.update_cycle, "发布日期": entry.publish_date, "数据分类": entry.data_class, "数据分级": entry.level,
    }
    return [name for name, value in stated.items() if not value]
