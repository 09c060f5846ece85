"""Entries and formats come back the same from what they are written as: the XML of the standard, our own elements, notations."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.data.catalog import canon, formats
from suixin.data.catalog.errors import BadWorkbook
from suixin.data.catalog.exchange import content_xml, core_xml, interchange
from suixin.data.catalog.exchange.core_xml import CategoryMark, Contact, CoreRecord
from suixin.data.catalog.models import Category, Resource
from suixin.data.catalog.tests import factories
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


WORD = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=12)
CONTACTS = st.lists(st.builds(Contact, WORD, st.just("") | WORD), min_size=1, max_size=3).map(tuple)
RECORDS = st.builds(
    CoreRecord, WORD, WORD, CONTACTS, st.lists(st.builds(CategoryMark, WORD, WORD, WORD), min_size=1, max_size=3).map(tuple), WORD, WORD,
    published_on=st.none() | st.dates(), keywords=st.lists(WORD, min_size=1, max_size=4).map(tuple), thesaurus=st.just("") | WORD,
    links=st.lists(WORD, max_size=3).map(tuple), service_url=WORD, service_type=WORD, metadata_contacts=CONTACTS,
    metadata_updated_on=st.none() | st.dates(),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # texts of any script are slow to make on a busy machine
@given(st.lists(RECORDS, max_size=3))
def test_core_metadata_round_trip_through_xml(records: list[CoreRecord]) -> None:
    assert core_xml.from_xml(core_xml.to_xml(records)) == records


def test_entry_round_trips_through_the_standards_xml() -> None:
    core = {"contact_address": "遂州中路", "links": ["http://example.invalid/a"], "service_url": "/gateway/x", "service_type": "REST",
            "thesaurus": "综合电子政务主题词表", "metadata_contacts": ["市数据局"]}
    resource = factories.published(abstract="甲", keywords=("一",), extension={"core": core}, further_categories=("201002",))
    content = interchange.catalogue_xml(actor=SYSTEM)
    [sent] = core_xml.from_xml(content)
    assert (sent.identifier, sent.published_on, [one.name for one in sent.categories][1]) == (
        resource.code, resource.publish_date, "公共服务")
    Resource.objects.filter(pk=resource.pk).update(state="withdrawn")
    [code] = interchange.bring_xml(content, actor=SYSTEM).codes
    tree = dict(Category.objects.values_list("code", "name"))
    got = interchange.record_of(Resource.objects.get(code=code), tree)
    same = ("title", "abstract", "contacts", "keywords", "thesaurus", "links", "service_url", "service_type", "metadata_contacts")
    assert [name for name in same if getattr(sent, name) != getattr(got, name)] == []
    assert [one.code for one in got.categories] == [one.code for one in sent.categories]


def test_an_entry_with_its_items_comes_back_the_same_from_the_standards_xml() -> None:
    spec = replace(factories.ITEMS[1], share_method="database", source_department=factories.BUREAU_USCC, source_names=("名", "名字"))
    resource = factories.published(
        items=(factories.ITEMS[0], spec), abstract="甲\n乙", keywords=("一",), format_type="xlsx；数据库/mysql", share_scope="本市",
        extension={"sichuan": {"carriers": ["电子", "纸质"]}, "general": {"records": 12.5}}, source_department=factories.BUREAU_USCC,
    )
    content = interchange.catalogue_xml(actor=SYSTEM)
    Resource.objects.filter(pk=resource.pk).update(state="withdrawn")
    taken = interchange.bring_xml(content, actor=SYSTEM)
    assert taken.faults == []
    before, after = canon.content_of(resource), canon.content_of(Resource.objects.get(code=taken.codes[0]))
    assert {key for key in before if before[key] != after[key]} == {"code", "categories"}
    assert [category for category, _ in before["categories"]] == [category for category, _ in after["categories"]]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(record=RECORDS, place=st.integers(0, 2))
def test_everything_that_the_standard_says_of_an_entry_goes_out_as_it_came(db: None, record: CoreRecord, place: int) -> None:
    known = Contact(factories.bureau().name, "遂州中路")
    contacts = (*record.contacts[:place], known, *record.contacts[place:])
    marks = (*record.categories[:place], CategoryMark("本市分类", "民政", "307001"), *record.categories[place:])
    sent = replace(record, contacts=contacts, categories=marks, links=tuple(dict.fromkeys(record.links)))
    with transaction.atomic():
        [code] = interchange.bring_xml(core_xml.to_xml([sent]), actor=SYSTEM).codes
        got = interchange.record_of(Resource.objects.get(code=code), {})
        transaction.set_rollback(True)
    assert _without_ours(got) == _without_ours(sent)


def _without_ours(record: CoreRecord) -> CoreRecord:
    """What each system gives itself left out."""
    return replace(record, identifier="", metadata_identifier="", metadata_updated_on=None, content=None)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.decimals(-1000, 1000, places=3).map(float) | st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3), max_leaves=12,
)


@settings(deadline=None)
@given(JSONS)
def test_any_json_comes_back_the_same_from_our_elements(value: object) -> None:
    written = ET.tostring(content_xml.element_of(value))
    assert content_xml.value_of(ET.fromstring(written)) == value  # what we just wrote


@pytest.mark.parametrize("inside", ["<v t='x'/>", "<v t='n'>1e9</v>", "<v t='m'>" + "<v k='a' t='m'>" * 12 + "</v>" * 13])
def test_our_elements_that_say_nothing_are_refused(inside: str) -> None:
    element = ET.fromstring(inside.replace("<v", f"<v xmlns='{content_xml.NAMESPACE}'", 1))  # written here
    with pytest.raises(BadWorkbook, match="扩展部分"):
        content_xml.value_of(element)


TYPE = WORD.map(lambda text: re.sub("[；;、，,/]", "x", text))
FORMATS = st.lists(st.builds(formats.Format, st.sampled_from("1234567"), TYPE), max_size=5)


@given(FORMATS)
def test_formats_come_back_the_same_from_their_notation(told: list[formats.Format]) -> None:
    lawful = [one for one in dict.fromkeys(told) if not formats.faults_of(*formats.notation([one]))]
    assert formats.parse(*formats.notation(lawful)) == tuple(lawful)
