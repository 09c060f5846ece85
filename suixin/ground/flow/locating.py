"""Where the names of a declaration lead in one instance: the step's own organisation, the bureau over it, a party, a slug."""

from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Organisation
from suixin.kit import clock

BUREAU = "$bureau"  # the bureau that governs an organisation, unless the instance was started with one


def place_of(name: str, own: Organisation, instance: Instance) -> Organisation | None:
    """The organisation of that name as seen from `own` ("": that one); None when there is none."""
    if not name:
        return own
    if name == "$starter":
        return instance.starter_organisation
    wanted = {"pk": instance.parties.get(name, 0)} if name.startswith("$") else {"slug": name}
    found = Organisation.objects.filter(**wanted).first()
    return _bureau_over(own) if found is None and name == BUREAU else found


def _bureau_over(own: Organisation) -> Organisation | None:
    bureaus = Organisation.objects.in_force(clock.today()).filter(is_bureau=True).select_related("parent")
    over = [one for one in bureaus if own.lineage.startswith(one.parent.lineage if one.parent else one.lineage)]
    return max(over, key=lambda one: len(one.lineage), default=None)
