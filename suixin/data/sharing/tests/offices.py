"""Two departments of a city with whom it takes: who asks, who provides, the bureau over both, the government."""

from dataclasses import dataclass
from datetime import timedelta

from suixin.data.access.tests import factories
from suixin.data.catalog import publication
from suixin.data.catalog.models import Resource
from suixin.data.sharing import asking, drafting
from suixin.data.sharing.drafting import Said
from suixin.data.sharing.models import Part, Request
from suixin.data.sharing.rules import Statement
from suixin.ground.flow import advancing
from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import Tree, organisation, tree
from suixin.kit import clock
from suixin.kit.actor import Actor

SAID = {
    "law": "社会救助暂行办法", "document": "国务院令第649号", "article": "第五十八条", "scenario": "核对低保申请人的参保情况",
    "row_filter": "", "divisions": [], "doors": ["rows"],
}


@dataclass
class Office:
    """The city and its people."""

    city: Tree
    asker: Organisation
    clerk: Actor
    head: Actor
    provider_clerk: Actor
    provider_head: Actor
    supervisor: Actor
    officer: Actor
    coordinator: Actor
    mayor: Actor


def office() -> Office:
    """The office, with each of its posts held by one person; `city.department` provides."""
    city = tree()
    asker = organisation("市救助局", number=7, parent=city.government)
    provider, bureau = city.department, city.bureau
    return Office(
        city, asker, employ("clerk", asker), employ("head_of_sharing", asker), employ("clerk", provider, "supplier"),
        employ("head_of_sharing", provider, "supplier-head"), employ("supervision", bureau), employ("data_officer", bureau),
        employ("coordination", bureau), employ("leader", city.government),
    )


def employ(role: str, place: Organisation, name: str = "") -> Actor:
    """Somebody who holds that role there."""
    account = Account.objects.create(username=name or role, display_name=name or role)
    Post.objects.create(account=account, organisation=place, role=role)
    return actor_of(account)


def entry(found: Office, count: int = 5, **columns: object) -> Resource:
    """A published entry of the provider with rows in the lake."""
    resource: Resource = factories.filled(count, **columns) if count else factories.make_resource(**columns)
    resource.provider = found.city.department
    resource.save()
    return resource


def draft(found: Office, *resources: Resource, days: int = 90, **said: object) -> Request:
    """A basket with these entries, every part complete."""
    request = drafting.open_request("低保资格核对", found.asker, actor=found.clerk)
    for part in drafting.add_parts(request, resources, actor=found.clerk):
        state(found, part, days=days, **said)
    return request


def state(found: Office, part: Part, *, days: int = 90, **said: object) -> Part:
    """The part stating all that it must, or `said` instead."""
    told = {"columns": ["code", "name"], "until": clock.today() + timedelta(days=days), **SAID, **said}
    return drafting.state_part(part, Said(Statement(**told)), actor=found.clerk)  # type: ignore[arg-type]  # test data


def asked(found: Office, resource: Resource, **said: object) -> Part:
    """A part before its provider."""
    request = asking.submit_request(draft(found, resource, **said), actor=found.clerk)  # type: ignore[arg-type]  # test data
    part = request.parts.get()
    decide(part.instance, found.head)
    part.refresh_from_db()
    return part


def agreed(found: Office, resource: Resource, **said: object) -> Part:
    """A part of a conditional entry, agreed to."""
    part = asked(found, resource, **said)
    decide(part.instance, found.provider_clerk)
    decide(part.instance, found.provider_head, reason="符合共享条件")
    part.refresh_from_db()
    return part


def decide(instance: Instance | None, actor: Actor, action: str = "approve", reason: str = "") -> Instance:
    """The step that waits now, decided."""
    assert instance is not None
    step = publication.waiting_step(instance)
    assert step is not None
    return advancing.decide(step, action, actor=actor, reason=reason)
