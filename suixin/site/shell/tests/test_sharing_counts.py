"""What the sharing pages count is what they list: one query for the figure and the rows."""

import pytest

from suixin.data.sharing.models import Share, ShareState
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import agreed, entry
from suixin.site.shell.queries import sharing_board, sharing_requests

pytestmark = pytest.mark.django_db(transaction=True)


def figures(stats: object) -> tuple[str, str]:
    """Value and note of 共享中."""
    return next((one.value, one.note) for one in stats if one.label == "共享中")  # type: ignore[attr-defined]  # figures of a page


def test_shares_are_counted_as_they_are_listed_also_those_that_wait_for_disposal() -> None:
    city = offices.office()
    agreed(city, entry(city))
    share = Share.objects.get()
    told = ((ShareState.IN_USE, "1", ""), (ShareState.DISPOSING, "1", "其中待处置 1 项"), (ShareState.ARCHIVED, "0", ""))
    for state, count, note in told:
        Share.objects.filter(pk=share.pk).update(state=state)
        for actor in (city.clerk, city.provider_head):
            desk = sharing_requests.desk({}, actor=actor)  # type: ignore[arg-type]  # nothing asked for
            assert (figures(desk.stats), len(desk.shares.rows)) == ((count, note), int(count))
            assert figures(sharing_board.board(actor=actor).stats) == (count, note)
