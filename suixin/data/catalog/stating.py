"""What may be stated of an entry beside its title and items, and putting it there."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from django.db.models import Field, Model

from suixin.data.catalog import extensions, formats, rules
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.drafts import STATED, ResourceDraft, Stated
from suixin.data.catalog.errors import InvalidEntry
from suixin.data.catalog.models import Item, Resource, ResourceState
from suixin.ground.people.models import Organisation

PLAIN_FIELDS = (
    *STATED, "category", "format_category", "format_type", "share_method", "theme", "data_class", "source_note", "is_simulated",
    "has_lookup", "signature",
)
# what whoever prepares an entry may state of it, beside its title and items
EDITABLE = (
    *STATED, "format_category", "format_type", "share_method", "theme", "data_class", "source_note", "keywords", "related_codes",
    "source_department", "extension",
)


def set_metadata(resource: Resource, metadata: Mapping[str, object]) -> None:
    """The entry, not yet saved, with that metadata; `source_department` as a credit code. Raises InvalidEntry."""
    unknown = sorted(metadata.keys() - set(EDITABLE))
    if unknown:
        raise InvalidEntry(f"目录没有可修改的元数据“{'、'.join(unknown)}”；可修改的是 {'、'.join(EDITABLE)}。", unknown=unknown)
    if "format_type" in metadata:  # written our way, whatever parted them
        category = str(metadata.get("format_category") or resource.format_category)
        written = formats.normal(category, str(metadata["format_type"]))
        metadata = {**metadata, "format_category": written[0], "format_type": written[1]}
    for name, value in metadata.items():
        if name == "source_department":
            setattr(resource, name, organisation_of(str(value)) if value else None)
        elif name in ("keywords", "related_codes"):
            setattr(resource, name, [str(one) for one in value] if isinstance(value, list | tuple) else [])
        else:
            setattr(resource, name, value)


def faults_in(contract: Contract, stated: Stated, *, extension: object, written: tuple[str, str]) -> list[str]:
    """Sentences on everything that forbids an entry to be kept; `written`: category and text of its formats."""
    return [
        *rules.faults_of(contract), *rules.wrongs_of(stated), *extensions.faults_of(extension), *formats.faults_of(*written),
        *_too_long(Resource, {"title": contract.title, **asdict(stated)}, ""),
        *(told for item in contract.items for told in _too_long(Item, Item.columns_of(item), f"信息项“{item.name[:40]}”的")),
    ]


def _too_long(model: type[Model], values: Mapping[str, object], whose: str) -> Iterator[str]:
    """Sentences on texts for which their column has no room."""
    for name, value in values.items():
        field = model._meta.get_field(name)
        most = getattr(field, "max_length", None)
        if isinstance(value, str) and isinstance(field, Field) and most is not None and len(value) > most:
            yield f"{whose}{field.verbose_name}不超过 {most} 个字，现有 {len(value)} 个"


def faults_of_entry(resource: Resource, contract: Contract) -> list[str]:
    """The same of an entry, saved or not, over that contract."""
    written = resource.format_category, resource.format_type
    return faults_in(contract, resource.stated, extension=resource.extension, written=written)


def formats_of(draft: ResourceDraft) -> dict[str, str]:
    """Category and text of a draft's formats, written our way."""
    category, text = formats.normal(draft.format_category, draft.format_type)
    return {"format_category": category, "format_type": text}


def refuse_namesake(provider: str, title: str, *, own: Resource | None = None) -> None:
    """Nothing, when no other entry of the provider (credit code) has that title. Raises InvalidEntry.

    Lock    the provider's row, so that of two who give the same title at once the second is told; before the entry's own
    Source  guide of 2017: a title is unique within its provider (standards/data.md 1.4)
    """
    list(Organisation.objects.select_for_update(no_key=True).filter(uscc=provider).values_list("pk"))
    held = Resource.objects.exclude(state=ResourceState.WITHDRAWN).filter(provider__uscc=provider, title=title)
    if own is not None:
        held = held.exclude(pk=own.pk)
    if code := held.values_list("code", flat=True).first():
        raise InvalidEntry(f"该单位已有同名目录“{title[:60]}”（{code}）；请改名，或在那条目录上办理变更。", fields=["title"])


def organisation_of(uscc: str) -> Organisation:
    """The organisation of that credit code. Raises InvalidEntry."""
    organisation = Organisation.objects.filter(uscc=uscc).first()
    if organisation is None:
        raise InvalidEntry(f"信息资源提供方代码“{uscc}”不在组织机构库中,请先登记该单位。")
    return organisation
