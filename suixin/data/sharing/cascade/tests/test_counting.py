"""Tables beside entries at a platform of the 数据直达 style, and what it lists held beside what was reported to it, over real HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings

from suixin.data.access.tests.factories import node_at
from suixin.data.sharing.cascade import connecting, running
from suixin.data.sharing.cascade.adapters.direct import account, counting
from suixin.data.sharing.cascade.adapters.direct.account import Issued
from suixin.data.sharing.cascade.models import DirectReport, Link, Reconciliation, RemoteEntry
from suixin.data.sharing.cascade.tests.national import RESOURCES, RID, SECRET, SERVICES, National, national
from suixin.data.sharing.cascade.tests.test_direct import ITEMS, joined, tell, turn
from suixin.ground.notify.models import Notice
from suixin.ground.people.models import Account, Post
from suixin.ground.people.tests.factories import tree
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch):
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=("127.0.0.0/8",)))
        connecting.declare()
        officer = Account.objects.create(username="officer", display_name="officer")
        Post.objects.create(account=officer, organisation=tree().bureau, role="data_officer")
        yield


@pytest.fixture
def above():
    with national() as found:
        found.lists_ours = True
        yield found


def issued(above: National) -> Link:
    """The platform, which takes tables too."""
    link = joined(above)
    account.set_account(link, Issued(RID, SECRET, {**SERVICES, **RESOURCES}), actor=SYSTEM, reason="接入函")
    return link


def counted(link: Link) -> dict[str, tuple[str, dict[str, int], dict[str, int], list[str]]]:
    """A turn with today counted: of each direction the state, both ends, what only one has."""
    Link.objects.update(next_at=None)
    running.run_link(Link.objects.select_related("peer").get(pk=link.pk), actor=SYSTEM, days=[clock.today()])
    found = Reconciliation.objects.filter(day=clock.today())
    return {"out" if one.is_outward else "in": (one.state, one.ours, one.theirs, one.missing) for one in found}


def test_table_is_registered_behind_its_entry_changed_with_it_and_revoked_before_it(above):
    link = issued(above)
    tell(link, 1)
    assert turn(link).fault == ""
    sent = above.resources["307/1"]
    assert (sent["up_cata_id"], sent["table_name"], sent["item_fields"], sent["region_code"]) == ("up-307/1", "units", ["code"], "510900")
    tell(link, 2)
    tell(link, 3, "withdrawn")
    assert turn(link).fault == ""
    assert [one for one in above.calls if one.startswith(("catalog_", "resource_")) and not one.endswith("query")] == [
        "catalog_register", "resource_register", "catalog_change", "resource_change", "resource_revoke", "catalog_revoke"]
    assert (above.registered, above.resources) == ({}, {})


def test_table_of_a_refused_entry_waits_for_it_to_be_sent_again(above):
    link = issued(above)
    above.refuses.add("307/1")
    tell(link, 1)
    turn(link)
    entry, table = DirectReport.objects.order_by("place")
    assert [(one.state, one.kind) for one in (entry, table)] == [("refused", "entries"), ("refused", "resource")]
    assert "目录还没有登记" in table.sentence
    above.refuses.clear()
    for one in (entry, table):
        account.replay(one, actor=SYSTEM, reason="已改名")
    turn(link)
    assert list(above.resources) == ["307/1"]


def test_platform_that_takes_no_tables_is_told_of_entries_alone(above):
    link = joined(above)
    tell(link, 1)
    turn(link)
    assert (list(above.registered), above.resources, DirectReport.objects.count()) == (["307/1"], {}, 1)


def test_what_it_lists_is_held_beside_what_was_reported_and_a_difference_is_told_once(above):
    link = issued(above)
    for number, code in ((1, "307/1"), (2, "307/2")):
        tell(link, number, code=code)
    above.entries = [{"cata_code": "100/1", "cata_title": "国家名单", "update_time": 5, "region_code": "100000", "items": ITEMS}]
    assert counted(link)["out"] == ("agreed", {"messages": 2, "rows": 2}, {"messages": 2, "rows": 2}, [])
    for _ in range(2):  # what it lists of ours never becomes an entry of its own
        assert counted(link)["in"] == ("agreed", {"messages": 1, "rows": 0}, {"messages": 1, "rows": 0}, [])
        assert list(RemoteEntry.objects.values_list("code", flat=True)) == ["100/1"]
    del above.registered["307/2"], above.resources["307/1"]
    above.resources["307/9"] = {"res_code": "307/9", "region_code": "510900"}
    expected = ["目录 307/2", "资源 307/1", "资源 307/9"]
    for _ in range(2):
        assert counted(link)["out"] == ("differs", {"messages": 2, "rows": 2}, {"messages": 1, "rows": 2}, expected)
    [told] = Notice.objects.filter(kind="cascade.differs")
    assert ("国家平台" in told.title, "缺 3 项" in told.body) == (True, True)


def test_entry_of_its_own_that_never_came_is_a_difference_and_one_not_read_yet_is_none(above):
    link = issued(above)
    odd = {"cata_code": "100/2", "update_time": 4}  # no title: not taken
    above.entries = [{"cata_code": "100/1", "cata_title": "国家名单", "update_time": 5, "region_code": "100000", "items": ITEMS}, odd]
    assert counted(link)["in"][::3] == ("differs", ["目录 100/2"])
    above.entries = [above.entries[0], {**above.entries[0], "cata_code": "100/3", "update_time": 9}]
    link.direct.refresh_from_db()
    link.direct.pulled |= {"at": (clock.now() + timedelta(hours=1)).isoformat()}  # asked a moment ago
    link.direct.save()
    assert counted(link)["in"][0] == "agreed"
    above.entries = [{**above.entries[0], "status": "4", "update_time": 9}]  # withdrawn there, and not read yet
    assert counted(link)["in"][0] == "agreed"
    assert [counting._moment({"update_time": said}) for said in (7, "8", "2025-01-01", None, "")] == [7, 8, 0, 0, 0]


def test_list_that_cannot_be_read_counts_nothing_and_is_a_sentence(above):
    link = issued(above)
    tell(link, 1)
    turn(link)
    above.total = 9
    Link.objects.update(next_at=None)
    told = running.run_link(Link.objects.select_related("peer").get(pk=link.pk), actor=SYSTEM, days=[clock.today()])
    assert ("没有当作读完" in told.fault, Reconciliation.objects.count()) == (True, 0)
