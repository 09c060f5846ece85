"""Publication of an entry: prepared, confirmed by the department, reviewed by the bureau, in force; every other way out."""

from threading import Event

import pytest

from suixin.data.catalog import actions, effects, publication
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.errors import IncompleteEntry, WrongState
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.offices import Office, employ, entry
from suixin.ground.audit.models import Record
from suixin.ground.flow import moving, subjects
from suixin.ground.flow.models import Instance
from suixin.ground.flow.subjects import Effect
from suixin.ground.flow.tests.factories import beside
from suixin.ground.people.models import Post
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed, SuixinError

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return offices.office()


def steps(instance: Instance) -> list[tuple[str, str]]:
    return list(instance.steps.order_by("pk").values_list("node", "status"))


def decide(resource: Resource, actor: Actor, action: str = "approve", reason: str = "") -> Instance:
    """The step that waits now, decided."""
    return offices.decide(publication.running(resource), actor, action, reason)


def test_entry_of_a_department_is_confirmed_and_reviewed_before_it_is_in_force(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    publication.submit(resource, actor=office.clerk)
    resource.refresh_from_db()
    assert resource.state == "proposed"
    decide(resource, office.head)
    instance = decide(resource, office.reviewer, reason="要素齐全")
    resource.refresh_from_db()
    assert (resource.state, instance.status) == ("published", "done")
    record = Record.objects.get(action="catalog.published")
    assert (record.actor_key, record.basis) == ("review", "要素齐全")


def test_word_of_the_bureau_is_enough_and_the_log_shows_what_was_left_out(office: Office) -> None:
    resource = entry(office)
    instance = publication.submit(resource, actor=office.officer)
    resource.refresh_from_db()
    assert (resource.state, instance.status) == ("published", "done")
    skipped = ["confirmed", "shared", "reviewed"]
    assert sorted(steps(instance)) == sorted([("prepared", "done"), *((node, "skipped") for node in skipped), ("published", "done")])


def test_bureau_that_publishes_what_a_clerk_prepares_ends_that(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    begun = publication.begin(resource, actor=office.clerk)
    assert begun is not None
    publication.submit(resource, actor=office.officer)
    begun.refresh_from_db()
    resource.refresh_from_db()
    assert (begun.status, resource.state) == ("stopped", "published")


def test_clerk_does_not_publish_alone(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    with pytest.raises(NotAllowed):
        actions.publish_resource(resource, actor=office.clerk)
    publication.submit(resource, actor=office.clerk)
    with pytest.raises(NotAllowed):
        decide(resource, office.clerk)
    with pytest.raises(WrongState, match="已提交"):
        publication.submit(resource, actor=office.clerk)


def test_department_without_a_head_is_answered_for_by_its_head_of_sharing(office: Office) -> None:
    Post.objects.filter(role="department_head").delete()
    employ("head_of_sharing", office.city.department)
    resource = entry(office, by=office.clerk)
    instance = publication.submit(resource, actor=office.clerk)
    step = publication.waiting_step(instance)
    assert step is not None
    assert (step.node, step.role) == ("shared", "head_of_sharing")


def test_fault_at_the_end_refuses_the_review_and_nothing_is_half_done(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    publication.submit(resource, actor=office.clerk)
    instance = decide(resource, office.head)
    actions.revise_proposal(resource, [ItemSpec("only", "唯一", ItemType.TEXT)], actor=office.clerk)
    with pytest.raises(WrongState, match="在提交审核之后已被修改"):
        decide(resource, office.reviewer)
    resource.refresh_from_db()
    instance.refresh_from_db()
    step = publication.waiting_step(instance)
    assert step is not None
    assert (resource.state, instance.status, step.node) == ("proposed", "running", "reviewed")


def test_withdrawn_entry_ends_its_publication_and_its_proposer_may_withdraw_it(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    instance = publication.submit(resource, actor=office.clerk)
    actions.withdraw_resource(resource, actor=office.clerk, reason="登记错了")
    instance.refresh_from_db()
    assert (instance.status, publication.running(resource)) == ("stopped", None)


def test_refused_entry_is_submitted_again_as_a_new_publication(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    publication.submit(resource, actor=office.clerk)
    decide(resource, office.head)
    refused = decide(resource, office.reviewer, "reject", "缺少共享依据")
    assert refused.status == "rejected"
    again = publication.submit(resource, actor=office.clerk)
    assert (again.pk != refused.pk, again.status) == (True, "running")


def test_machine_publishes_without_a_procedure(office: Office) -> None:
    resource = entry(office)
    assert publication.begin(resource, actor=SYSTEM) is None
    actions.publish_resource(resource, actor=SYSTEM)
    assert publication.newest(resource) is None


def test_entry_returned_changed_and_handed_on_from_the_step_is_published_as_reviewed(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    publication.submit(resource, actor=office.clerk)
    decide(resource, office.head, "return", "分级不对")
    actions.revise_proposal(resource, [ItemSpec("only", "唯一", ItemType.TEXT)], actor=office.clerk)
    decide(resource, office.clerk)  # in the inbox or on the step's page, not on the entry's
    decide(resource, office.head)
    decide(resource, office.reviewer)
    resource.refresh_from_db()
    assert resource.state == "published"


def test_change_after_the_entry_was_handed_on_from_the_step_is_not_published_unseen(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    publication.begin(resource, actor=office.clerk)
    decide(resource, office.clerk)
    decide(resource, office.head)
    actions.revise_proposal(resource, [ItemSpec("only", "唯一", ItemType.TEXT)], actor=office.clerk)
    with pytest.raises(WrongState, match="已被修改"):
        decide(resource, office.reviewer)


@pytest.mark.django_db(transaction=True)
def test_entry_withdrawn_while_it_is_published_waits_and_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = entry(office, by=office.clerk)
    publication.submit(resource, actor=office.clerk)
    decide(resource, office.head)
    stopping, publishing, stop = Event(), Event(), moving.stop

    def stop_later(*given: object, **more: object) -> object:
        stopping.set()
        publishing.wait(0.5)
        return stop(*given, **more)  # type: ignore[arg-type]  # passed on as it came

    def publish_later(given: Effect) -> None:
        publishing.set()
        stopping.wait(0.5)
        effects.publish(given)

    monkeypatch.setattr(moving, "stop", stop_later)
    monkeypatch.setitem(subjects.effects, "catalog.publish", publish_later)
    told: list[object] = []
    threads = [
        beside(lambda: actions.withdraw_resource(resource, actor=office.clerk, reason="登记错了"), told),
        beside(lambda: decide(resource, office.reviewer), told),
    ]
    for thread in threads:
        thread.join(30)
    assert sorted(isinstance(one, SuixinError) for one in told) == [False, True], told


def test_entry_without_its_assessments_is_not_handed_to_the_head(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    Resource.objects.filter(pk=resource.pk).update(secrecy_assessment="", share_type="conditional")
    resource.refresh_from_db()
    with pytest.raises(IncompleteEntry, match="保密风险评估编号") as refused:
        publication.submit(resource, actor=office.clerk)
    assert refused.value.fields["fields"] == ["share_condition", "share_scope", "share_usage", "secrecy_assessment"]
    assert publication.running(resource) is None


def test_entry_in_force_names_the_head_who_agreed(office: Office) -> None:
    resource = entry(office, by=office.clerk)
    publication.submit(resource, actor=office.clerk)
    decide(resource, office.head)
    decide(resource, office.reviewer)
    resource.refresh_from_db()
    assert (resource.approver, resource.approved_at is not None) == (office.head.name, True)
