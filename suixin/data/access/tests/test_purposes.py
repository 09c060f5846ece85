"""Masks by purpose, and row filters that name the reader: bound when the plan is opened, equal in both back ends."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.data.access import engine
from suixin.data.access.errors import BadGrant, PurposeOutsideGrant
from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.plans import cached_plan, open_plan
from suixin.data.access.purposes import strictest
from suixin.data.access.readers import prefix_of
from suixin.data.access.tests.factories import (
    BUREAU,
    CLERK,
    HOSPITAL,
    OUTSIDER,
    filled,
    grant,
    land,
    make_resource,
    record,
)
from suixin.data.access.versions import pinned
from suixin.ground.people.models import Organisation
from suixin.ground.security.masks import MASKS
from suixin.kit import expressions
from suixin.kit.expressions.binding import Within, bind
from suixin.kit.expressions.nodes import ExpressionError

PURPOSES = {"疫情防控": {"phone": "", "name": ""}, "统计": {"phone": "suppress"}}
FIELDS = {"owner": "C", "note": "C", "number": "I"}


def names(plan):
    """Masks of the plan's columns."""
    return {column.field: column.mask for column in plan.columns}


@pytest.mark.django_db
def test_stated_purpose_has_its_masks_and_none_has_the_strictest():
    resource = filled(5)
    grant(resource, columns=["code", "name", "phone"], masks={"phone": "mobile"}, purposes=PURPOSES)
    plan = cached_plan(OUTSIDER, "people_list", door=Door.ROWS, columns=None, find=lambda: resource)
    assert names(plan) == {"code": "", "name": "name", "phone": "suppress"}
    assert names(plan.stating("疫情防控")) == {"code": "", "name": "", "phone": ""}
    stated = cached_plan(OUTSIDER, "people_list", door=Door.ROWS, columns=None, find=lambda: resource, purpose="统计")
    assert (names(stated)["name"], stated.purpose) == ("name", "统计")
    assert len({plan.fingerprint, stated.fingerprint, plan.stating("疫情防控").fingerprint}) == 2  # none and 统计 show the same here
    with pytest.raises(PurposeOutsideGrant, match="疫情防控、统计"):
        plan.stating("好奇")


@pytest.mark.parametrize(("given", "found"), [
    ([], ""), (["", ""], ""), (["", "mobile"], "mobile"), (["name", "suppress"], "suppress"), (["empty", "name"], "empty"),
    (["resident_id", "resident_id_strict", ""], "resident_id_strict"), (["address", "address_town"], "address"),
    (["name", "email"], "suppress"),
])
def test_strictest_mask_hides_whatever_any_hides(given, found):
    assert strictest(given) == found


@given(st.lists(st.sampled_from(["", *MASKS])))
def test_strictest_is_one_for_any_order(given):
    assert strictest(given) == strictest(reversed(given)) == strictest([*given, strictest(given)])


@pytest.mark.django_db
@pytest.mark.parametrize("purposes", [{" x": {}}, {"": {}}, {"x": {"phone": "nonsense"}}, {"x": {"nobody": "name"}}])
def test_wrong_purposes_are_refused(purposes):
    with pytest.raises(BadGrant):
        grant(filled(2), purposes=purposes)


def tree():
    """The reader's hospital stands in a district of the bureau's city."""
    bureau = Organisation.objects.get(uscc=BUREAU)
    Organisation.objects.filter(pk=bureau.pk).update(division_code="510900")
    Organisation.objects.create(uscc=HOSPITAL, name="医院", slug="hospital", division_code="510903")


def seen(actor, resource):
    """(codes by SQL, codes by Python) that the actor sees."""
    plan, held = open_plan(actor, resource, door=Door.ROWS), pinned(resource.table)
    sql, parameters = plan.select_sql(held)
    with engine.cursor() as cursor:
        by_sql = [row[0] for row in cursor.execute(f"SELECT code FROM ({sql}) ORDER BY code", parameters).fetchall()]
    stored = [record(n) | {"phone": DIVISIONS[n % 4], "note": HOSPITAL if n % 2 else BUREAU} for n in range(1, 6)]
    return by_sql, [row["code"] for one in stored if (row := plan.apply(plain(one))) is not None]


DIVISIONS = ("510900", "510903000000", "510903101", "510922")


def plain(one):
    """A record of the types that the filters here look at."""
    return {name: one[name] for name in ("code", "phone", "note", "number")}


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "codes"), [
    ("note = reader_organisation", ["k000001", "k000003", "k000005"]), ("备注 <> 读者部门", ["k000002", "k000004"]),
    ("phone IN reader_divisions", ["k000001", "k000002", "k000005"]),
    ("电话 IN 读者区划 AND NOT (note = reader_organisation)", ["k000002"]),
    ("number > 3 OR note = reader_organisation", ["k000001", "k000003", "k000004", "k000005"]),
])
def test_filter_that_names_the_reader_shows_its_rows_in_both_back_ends(text, codes):
    resource = make_resource()
    tree()
    land(resource, [record(n) | {"phone": DIVISIONS[n % 4], "note": HOSPITAL if n % 2 else BUREAU} for n in range(1, 6)])
    grant(resource, subject_kind=SubjectKind.ORGANISATION, subject_key=HOSPITAL, row_filter=text, columns=["code"])
    assert seen(OUTSIDER, resource) == (codes, codes)
    assert "reader" not in open_plan(OUTSIDER, resource, door=Door.ROWS).row_filter


@pytest.mark.django_db
def test_reader_without_the_attribute_sees_nothing_and_the_public_has_none():
    resource = filled(5)
    grant(resource, subject_kind=SubjectKind.ORGANISATION, subject_key=HOSPITAL, row_filter="NOT (phone IN reader_divisions)")
    assert open_plan(OUTSIDER, resource, door=Door.ROWS).row_filter == "FALSE"
    assert seen(OUTSIDER, resource) == ([], [])
    with pytest.raises(BadGrant, match="读者部门"):
        grant(resource, row_filter="note = 读者部门")
    with pytest.raises(ExpressionError, match="IN"):
        grant(resource, subject_kind=SubjectKind.ORGANISATION, subject_key=HOSPITAL, row_filter="phone = reader_divisions")
    assert open_plan(CLERK, resource, door=Door.ROWS).row_filter == ""


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    owner=st.text(max_size=4) | st.none(), note=st.text("0123456789", max_size=6) | st.none(), number=st.integers(0, 9),
    organisation=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
    prefixes=st.lists(st.text("0123", min_size=1, max_size=3), max_size=3),
)
def test_bound_condition_means_what_it_says(owner, note, number, organisation, prefixes):
    text = bind("owner = me OR (note IN mine AND number < 5)", {"me": organisation, "mine": Within(tuple(prefixes))})
    found = expressions.parse(text, fields=FIELDS).evaluate({"owner": owner, "note": note, "number": number})
    is_mine = note is not None and any(note.startswith(one) for one in prefixes)
    assert (found is True) == ((owner is not None and owner == organisation) or (is_mine and number < 5))


@pytest.mark.parametrize(("code", "prefix"), [
    ("510000", "51"), ("510900", "5109"), ("510903", "510903"), ("510903101", "510903101"), ("510903000000", "510903"),
    ("510903101000", "510903101"), ("510903101201", "510903101201"), ("510903000", "510903"),
])
def test_prefix_of_a_division_covers_all_below(code, prefix):
    assert prefix_of(code) == prefix
