"""Keeping organisations: make, rename, move, change, end; each within the administrator's subtree, never deleted.

Never    moved under itself, out of the administrator's subtree, or with the administrator in it: nobody widens his own reach
Promise  with a moved organisation the lineage of everything below it moves, in the same transaction
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.audit.states import state_of
from suixin.ground.events import emit_on_commit
from suixin.ground.people import rules
from suixin.ground.people.errors import BadOrganisation
from suixin.ground.people.events import OrganisationRenamed
from suixin.ground.people.models import Organisation, OrganisationKind
from suixin.ground.security.policy import require
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.checksums import is_uscc
from suixin.kit.names import slugify

MAX_LINEAGE = 400
RESERVED = frozenset({"new"})  # addresses beside those of organisations
_CHANGE = "people.edit_organisation"


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """What is known of a new organisation."""

    uscc: str
    name: str
    short_name: str = ""
    kind: str = OrganisationKind.DEPARTMENT
    division_code: str = ""
    is_bureau: bool = False
    public_name: str = ""


@dataclass(frozen=True, slots=True)
class OrganisationChange:
    """What an organisation is to be from now on. `valid_to` is the first day on which it no longer exists."""

    public_name: str
    is_bureau: bool
    valid_to: date | None


@transaction.atomic
def create_organisation(new: NewOrganisation, *, parent: Organisation, actor: Actor, reason: str) -> Organisation:
    """The new organisation under `parent`, from today on. Raises NotAllowed, BadOrganisation."""
    require(actor, _CHANGE, parent)
    uscc = new.uscc.strip().upper()
    if not is_uscc(uscc):
        raise BadOrganisation(f"“{uscc[:30]}”不是有效的统一社会信用代码（18 位，末位是校验码）；请核对后再填。")
    if known := Organisation.objects.filter(uscc=uscc).first():
        raise BadOrganisation(f"信用代码 {uscc} 已登记为“{known.name}”；请核对，或在机构列表里找到它。")
    if new.division_code and not rules.level_of(new.division_code):
        raise BadOrganisation(f"行政区划代码“{new.division_code[:20]}”应为 6、9 或 12 位数字；请更正，不知道可以不填。")
    if new.kind not in OrganisationKind.values:
        raise BadOrganisation(f"机构类型“{new.kind[:20]}”不存在；请用：{'、'.join(OrganisationKind.values)}。")
    _require_plain(name=new.name, short_name=new.short_name, public_name=new.public_name)
    _require_room(_under(parent), f"{parent.lineage}{uscc}/")
    made = Organisation.objects.create(
        uscc=uscc, name=new.name, short_name=new.short_name, slug=_slug(new, uscc), kind=new.kind, parent=parent,
        division_code=new.division_code, level=rules.level_of(new.division_code), is_bureau=new.is_bureau,
        public_name=new.public_name, valid_from=clock.today(),
    )
    record(actor, "people.organisation_created", made, basis=_line(reason), detail={"parent": parent.uscc, "name": made.name})
    return made


@transaction.atomic
def rename_organisation(organisation: Organisation, name: str, short_name: str, *, actor: Actor, reason: str) -> Organisation:
    """The organisation under another name; its code and address stay. Raises NotAllowed, BadOrganisation."""
    require(actor, _CHANGE, organisation)
    _require_plain(name=name, short_name=short_name)
    before, former = state_of(organisation), organisation.name
    organisation.name, organisation.short_name = name, short_name
    organisation.save(update_fields=["name", "short_name"])
    record(actor, "people.organisation_renamed", organisation, basis=_line(reason), before=before,
           detail={"from": former, "to": name})
    emit_on_commit(OrganisationRenamed(organisation.pk))
    return organisation


@transaction.atomic
def move_organisation(organisation: Organisation, parent: Organisation, *, actor: Actor, reason: str) -> Organisation:
    """The organisation, with everything below it, under another parent. Raises NotAllowed, BadOrganisation.

    All rows are locked, so that two moves at once cannot make a ring of each other.
    """
    rows = {row.pk: row for row in Organisation.objects.select_for_update().order_by("pk")}
    moved, parent = rows[organisation.pk], _under(rows[parent.pk])
    require(actor, _CHANGE, moved)
    require(actor, _CHANGE, parent)
    if moved.uscc in actor.organisation_path:
        raise BadOrganisation(f"“{moved}”是您所在的机构或其上级，不能由您改变隶属；请上级单位的系统管理员办理。")
    if moved.uscc in parent.path:
        raise BadOrganisation(f"“{parent}”就是“{moved}”或在它之下，不能作它的上级；请选别的机构。")
    if moved.parent_id is None:
        raise BadOrganisation(f"“{moved}”是最上级，没有上级可改。")
    before, former, old = state_of(moved), rows[moved.parent_id], moved.lineage
    below = [row for row in rows.values() if row.lineage.startswith(old)]
    for row in below:
        row.lineage = f"{parent.lineage}{moved.uscc}/{row.lineage.removeprefix(old)}"
        _require_room(parent, row.lineage)
    moved.parent = parent
    moved.save(update_fields=["parent"])
    Organisation.objects.bulk_update(below, ["lineage"], batch_size=500)
    record(actor, "people.organisation_moved", moved, basis=_line(reason), before=before,
           detail={"from": former.uscc, "to": parent.uscc, "organisations": len(below)})
    emit_on_commit(OrganisationRenamed(moved.pk))
    return moved


@transaction.atomic
def change_organisation(organisation: Organisation, change: OrganisationChange, *, actor: Actor, reason: str) -> Organisation:
    """The organisation as changed; its posts and applications end with it by themselves. Raises NotAllowed, BadOrganisation.

    Whether it is a bureau decides what its members govern, so that only who governs its parent says so.
    """
    require(actor, "people.edit_organisation", organisation)
    if change.is_bureau != organisation.is_bureau and change.is_bureau:
        require(actor, "people.edit_organisation", organisation.parent)
    if change.valid_to is not None and organisation.uscc in actor.organisation_path:
        raise BadOrganisation(f"“{organisation}”是您所在的机构或其上级，不能由您撤销；请上级单位的系统管理员办理。")
    if change.valid_to is not None and organisation.valid_from is not None and change.valid_to <= organisation.valid_from:
        raise BadOrganisation(f"撤销日期 {change.valid_to} 应晚于设立日期 {organisation.valid_from}；请更正。")
    _require_plain(public_name=change.public_name)
    before = state_of(organisation)
    organisation.public_name, organisation.is_bureau = change.public_name, change.is_bureau
    organisation.valid_to = change.valid_to
    organisation.save(update_fields=["public_name", "is_bureau", "valid_to"])
    record(actor, "people.organisation_changed", organisation, basis=_line(reason), before=before)
    return organisation


_LENGTHS = {"name": ("名称", 120), "short_name": ("简称", 60), "public_name": ("页面名称", 60)}


def _require_plain(**texts: str) -> None:
    for field, text in texts.items():
        label, longest = _LENGTHS[field]
        if field == "name" and not text.strip():
            raise BadOrganisation("没有填写名称；请填机构全称。")
        if len(text) > longest:
            raise BadOrganisation(f"{label}超过 {longest} 个字；请缩短。")
        if any(c in "<>&\"" or not c.isprintable() for c in text):
            raise BadOrganisation(f"{label}里有不能用的字符；请只用文字、数字和常用标点。")


def _under(parent: Organisation) -> Organisation:
    """The parent, when something can be put under it today."""
    if not parent.is_in_force(clock.today()):
        raise BadOrganisation(f"“{parent}”未设立或已撤销，不能作上级；请选现有机构。")
    return parent


def _require_room(parent: Organisation, lineage: str) -> None:
    if len(lineage) > MAX_LINEAGE:
        raise BadOrganisation(f"“{parent}”之下层级过深（最多 21 级）；请选更上级的机构。")


def _slug(new: NewOrganisation, uscc: str) -> str:
    slug = slugify(new.short_name or new.name)
    taken = slug in RESERVED or Organisation.objects.filter(slug=slug).exists()
    return f"{slug[:40]}-{uscc.lower()}" if taken else slug


def _line(reason: str) -> str:
    return " ".join(reason.split())[:500]
