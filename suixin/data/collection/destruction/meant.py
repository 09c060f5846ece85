"""What is sought of a destruction in cells that came by the names of their source: files, drafts, messages, rows of feeds."""

from suixin.data.collection.destruction.places import Ending
from suixin.data.collection.models import Feed
from suixin.data.lake.purging.selecting import LEAST_INSIDE
from suixin.data.lake.purging.sought import Sought, sought_in


def sought_of(ending: Ending) -> Sought:
    """The values, and under which headings they may stand, those of the sources of feeds too."""
    aliases = {
        str(column): str(field) for mapping in Feed.objects.filter(resource=ending.resource).values_list("mapping", flat=True)
        for column, field in mapping.items()
    }
    return sought_in(ending.resource.contract, ending.selection, aliases)


def told_of(ending: Ending) -> str:
    """How a value was sought that is too short to be told by itself; "" of others."""
    item, sought = ending.resource.contract.item(ending.selection.field), sought_of(ending)
    if item is None or not sought.is_short:
        return ""
    return (
        f"《{ending.resource.title}》：该值不足 {LEAST_INSIDE} 个字符，按信息项“{item.name}”逐列比对，没有在全文中查找："
        "各版本、拒收记录、草稿和消息中该列等于该值的行已销毁，归档原件逐个打开按该列比对，含有的整件销毁；文字中只抹去写明是该信息项的值。销毁后各版本和拒收记录已按该列再查一遍，没有找到。"
    )
