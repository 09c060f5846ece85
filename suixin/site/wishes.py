"""What handing in the form `catalog-demand` does: it files a demand for the organisation of who filled it in."""

from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse

import suixin
from suixin.data.catalog import demands
from suixin.data.catalog.demands import Wanted
from suixin.ground.forms.errors import FaultyAnswers
from suixin.ground.forms.models import Submission
from suixin.ground.forms.registry import Handled
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.site.shell.forms import refuse_personal_values

FORM = "catalog-demand"
FILE = Path(suixin.__file__).parent / "data/catalog/forms/catalog-demand.yaml"


def file_from(submission: Submission, values: Mapping[str, object], actor: Actor) -> Handled:
    """The page of the demand. Raises FaultyAnswers for what the catalogue refuses, and NotAllowed."""
    place = submission.organisation
    if place is None:
        raise FaultyAnswers("您不属于任何单位，不能提出数据需求；请换用有岗位的账号。", ["需求单位"])
    told = {name: str(values.get(name) or "").strip() for name in ("title", "purpose", "basis", "cycle", "way")}
    rows = values.get("wanted")
    items = [(str(row.get("item", "")), str(row.get("code") or "")) for row in rows if isinstance(row, Mapping)] if isinstance(
        rows, list | tuple) else []
    try:
        refuse_personal_values("\n".join([*told.values(), *(name for name, _ in items)]))
        wanted = Wanted(items=items, owner=_owner(str(values.get("owner") or "").strip()), **told)
        demand = demands.file_demand(wanted, place, actor=actor)
    except ValidationError as error:
        raise FaultyAnswers("".join(error.messages), list(error.messages)) from None
    except SuixinError as error:
        if error.http_status == 403:
            raise
        raise FaultyAnswers(error.sentence, [error.sentence]) from error
    return Handled(reverse("console-demand", args=[demand.uuid]), (demands.KIND, str(demand.uuid)))


def may_read(actor: Actor, _: str) -> bool:
    """Whoever looks at the catalogue looks at what is wanted of it."""
    return policy.may_anywhere(actor, "catalog.view")


def _owner(text: str) -> Organisation | None:
    if not text:
        return None
    found = list(Organisation.objects.in_force(clock.today()).filter(Q(uscc=text) | Q(name=text) | Q(short_name=text))[:2])
    if len(found) != 1:
        raise FaultyAnswers(f"机构库里没有（或不止一个）叫“{text[:60]}”的单位；请写全称或信用代码，不清楚的不填。", ["希望由哪个单位提供"])
    return found[0]
