"""A city with whom it takes to publish, change and withdraw an entry of its department."""

from dataclasses import dataclass

from suixin.data.catalog import actions, publication
from suixin.data.catalog.contract import Contract, ItemSpec, WriteMode
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests.factories import ITEMS
from suixin.ground.flow import advancing
from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import Tree, tree
from suixin.kit.actor import SYSTEM, Actor

COMPLETE = {
    "abstract": "路灯", "share_type": "unconditional", "secrecy_assessment": "保密评〔2026〕1号", "privacy_assessment": "不涉及",
}


@dataclass
class Office:
    """The city and its people."""

    city: Tree
    clerk: Actor
    head: Actor
    reviewer: Actor
    officer: Actor


def office() -> Office:
    """The office, with each of its posts held by one person."""
    city = tree()
    places = ("clerk", city.department), ("department_head", city.department), ("review", city.bureau), ("data_officer", city.bureau)
    return Office(city, *(employ(role, place) for role, place in places))


def employ(role: str, place: Organisation, name: str = "") -> Actor:
    """Somebody who holds that role there."""
    account = Account.objects.create(username=name or role, display_name=name or role)
    Post.objects.create(account=account, organisation=place, role=role)
    return actor_of(account)


def entry(office: Office, *, by: Actor = SYSTEM, items: tuple[ItemSpec, ...] = ITEMS, **metadata: object) -> Resource:
    """A proposed entry of the department, complete."""
    told = {"provider": office.city.department.uscc, "table": "lamps", "title": "路灯名录", **COMPLETE, **metadata}
    contract = Contract("", str(told.pop("table")), str(told.pop("title")), items, write_mode=WriteMode.UPSERT)
    return actions.propose_resource(
        ResourceDraft(contract, category="307001", **told), actor=by  # type: ignore[arg-type]  # test data
    )


def decide(instance: Instance | None, actor: Actor, action: str = "approve", reason: str = "") -> Instance:
    """The step that waits now, decided."""
    assert instance is not None
    step = publication.waiting_step(instance)
    assert step is not None
    return advancing.decide(step, action, actor=actor, reason=reason)
