"""A dispute goes through three steps; where the data must be shared, the provider answers anew."""

import pytest

from suixin.data.sharing import asking, disputing, league
from suixin.data.sharing.errors import WrongStanding
from suixin.data.sharing.models import Dispute, DisputeStage, Part, PartState
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import Office, asked, decide, entry
from suixin.ground.flow.models import Step
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city() -> Office:
    return offices.office()


def refused(city: Office) -> Part:
    part = asked(city, entry(city))
    decide(part.instance, city.provider_clerk)
    decide(part.instance, city.provider_head, "reject", "与本数据无关")
    return asking.settle(part)


def opened(city: Office) -> Dispute:
    return disputing.open_dispute(refused(city), actor=city.clerk, claim="依据写明了第五十八条")


def test_what_is_not_agreed_goes_to_the_bureau_then_to_the_government(city: Office) -> None:
    dispute = opened(city)
    disputing.rule_dispute(dispute, actor=city.provider_head, is_agreed=False, must_share=False, text="未达成一致")
    dispute.refresh_from_db()
    assert dispute.stage == DisputeStage.COORDINATING
    with pytest.raises(NotAllowed):
        disputing.rule_dispute(dispute, actor=city.provider_head, is_agreed=True, must_share=False, text="代为协调")
    disputing.rule_dispute(dispute, actor=city.coordinator, is_agreed=False, must_share=False, text="双方仍不一致")
    done = disputing.rule_dispute(dispute, actor=city.mayor, is_agreed=True, must_share=True, text="应当共享")
    assert (done.stage, done.must_share, done.moves.count()) == (DisputeStage.SETTLED, True, 3)
    part = done.part
    assert part is not None
    part.refresh_from_db()
    assert part.state == PartState.ASKED
    assert Step.objects.filter(instance=part.instance, status="open").get().node == "reviewed"


def test_agreement_ends_it_at_once_and_a_second_dispute_waits(city: Office) -> None:
    dispute = opened(city)
    assert dispute.part is not None
    with pytest.raises(WrongStanding, match="已在办理"):
        disputing.open_dispute(dispute.part, actor=city.clerk, claim="再提一次")
    with pytest.raises(WrongStanding, match="争议页"):
        decide(dispute.instance, city.provider_head)
    done = disputing.rule_dispute(dispute, actor=city.provider_head, is_agreed=True, must_share=False, text="需求方接受说明")
    assert (done.stage, done.must_share) == (DisputeStage.SETTLED, False)
    done.part.refresh_from_db()  # type: ignore[union-attr]  # a dispute of a part
    assert done.part.state == PartState.REFUSED  # type: ignore[union-attr]  # the same


def test_who_stands_under_different_governments_is_coordinated_above_both(city: Office) -> None:
    tree = city.city
    assert asking.common_bureau(tree.district_department, city.asker) == tree.bureau
    assert asking.common_bureau(tree.district_department, tree.district_department) == tree.district_bureau


def test_the_league_counts_requests_not_steps(city: Office) -> None:
    refused(city)
    Step.objects.filter(node="reviewed").update(is_late=True)
    all_of_them = list(Organisation.objects.values_list("pk", flat=True))
    [one] = league.standings(all_of_them, clock.now().replace(year=2020), clock.now())
    assert (one.organisation, one.answered.total, one.answered.late, one.refused, one.rate) == (city.city.department, 1, 1, 1, 0.0)
