"""The catalogue of all the city's departments, brought as a sheet like any other, then published but for its drafts."""

from suixin.cities.catalogue import DepartmentCatalogue, department_catalogue
from suixin.cities.specs import City
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.exchange import bringing
from suixin.data.catalog.models import Resource, ResourceState
from suixin.kit.actor import Actor
from suixin.site.demo.report import DemoFailed

REASON = "城市目录(模拟)"


def register(city: City, actor: Actor) -> str:
    """A line on what was registered; entries that are there already stay as they are. Raises DemoFailed on a fault of the sheet."""
    found = department_catalogue(city.folder)
    if found is None:
        return "没有部门目录"
    held = set(Resource.objects.values_list("provider__uscc", "title"))
    if not found.entries <= held:
        brought = bringing.bring_workbook(found.workbook, actor=actor)
        # those that are there already are told at their cell, and stay
        if faults := [one for one in brought.faults if "已有同名目录" not in one.sentence]:
            raise DemoFailed(f"部门目录有 {len(faults)} 处不对:{faults[0].sheet} 第 {faults[0].row} 行,{faults[0].sentence}。")
        _settle(found, list(brought.codes.values()), actor)
    states = list(Resource.objects.filter(title__in=[title for _, title in found.entries]).values_list("state", flat=True))
    told = "、".join(f"{state.label} {states.count(state)}" for state in ResourceState)
    return f"部门目录 {len(states)} 条:{told}"


def _settle(found: DepartmentCatalogue, codes: list[str], actor: Actor) -> None:
    by_title = {one.title: one for one in Resource.objects.filter(code__in=codes).select_related("provider")}
    for title, resource in by_title.items():
        if title not in found.drafts:
            catalog.publish_resource(resource, actor=actor, reason=REASON)
    for title, successor in found.withdrawn.items():
        if title in by_title:
            resource = Resource.objects.get(pk=by_title[title].pk)
            catalog.withdraw_resource(resource, actor=actor, reason="职责并入(模拟)", superseded_by=by_title.get(successor))
