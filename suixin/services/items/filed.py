"""Files of an item: blank forms and samples of its materials, uploaded in the editor and named in the draft by their uuid.

Promise  a draft names only files of its own item or of the tiers above; what was uploaded becomes the item's when the draft that
         names it is kept, and goes after a day when none does. A version keeps its files for good
"""

from collections.abc import Mapping

from suixin.ground.files import actions as files
from suixin.ground.files import taking
from suixin.ground.files.limits import Upload
from suixin.ground.files.models import Attachment
from suixin.ground.files.queries import named
from suixin.ground.files.readers import signature
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.services.items.errors import InvalidItem
from suixin.services.items.models import Item
from suixin.services.items.stated import rows_of, text_of

OWNER = "items.item"
COLUMNS = ("form_file", "example_file")
TYPES = ("pdf", "docx", "xlsx", "ofd", "jpeg", "png")


def upload(item: Item, file: Upload, *, actor: Actor) -> str:
    """The uuid under which a draft may name the file. Raises NotAllowed, FileRefused, ScannerSilent."""
    policy.require(actor, "items.draft", item)
    return str(files.keep(taking.take(file, types=TYPES), actor=actor).uuid)


def uuids_of(content: Mapping[str, object]) -> set[str]:
    """The files that a content names."""
    return {uuid for row in rows_of(content, "materials") for column in COLUMNS if (uuid := text_of(row, column))}


def settle(item: Item, content: Mapping[str, object], *, actor: Actor) -> None:
    """The files that a draft names, the item's from now on. Raises InvalidItem for one that is another's, or gone."""
    if not (wanted := uuids_of(content)):
        return
    held, chain = named(wanted), _codes(item)
    for uuid in sorted(wanted):
        one = held.get(uuid)
        if one is None or not (_is_own(one, chain) or (not one.owner_kind and one.kept_by == signature(actor))):
            raise InvalidItem("没有保存：材料引用的文件不是这个事项的，或已经失效；请在事项页的“办理材料”里重新上传。")
    fresh = [uuid for uuid in wanted if not held[uuid].owner_kind]
    files.claim(fresh, owner_kind=OWNER, owner_key=item.code, actor=actor)


def may_read(actor: Actor, code: str) -> bool:
    """Whether the actor may read the files of that item's drafts; those of a published guide are everybody's, by the guide."""
    item = Item.objects.select_related("organisation").filter(code=code).first()
    return item is not None and policy.may(actor, "items.view", item)


def _is_own(one: Attachment, codes: set[str]) -> bool:
    return one.owner_kind == OWNER and one.owner_key in codes


def _codes(item: Item) -> set[str]:
    found, above = {item.code}, item.parent
    while above is not None:
        found.add(above.code)
        above = above.parent
    return found
