"""Texts of the database lose the value and nothing else; the last look finds what is left."""

import pytest

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.tests import factories
from suixin.data.collection.destruction.asking import Selection
from suixin.data.collection.destruction.places import Ending
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job
from suixin.kit.actor import SYSTEM
from suixin.site.destroying import texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def ending():
    """A person's value that is telling, with a letter and a Chinese character in it."""
    return Ending(factories.published(), Selection("code", ("证SN99001x",)))


def test_a_text_and_json_keep_all_but_the_value_whatever_the_case(ending):
    job = enqueue("collection.forget", actor=SYSTEM, title="查找 证sn99001X 的行")
    Job.objects.filter(pk=job.pk).update(result={"seen": ["证SN99001x", 7], "证SN99001x": "其他"}, sentence="与此无关")
    assert texts.scrub([ending]) == "控制数据库中 1 处文字里的值已抹去。"
    job.refresh_from_db()
    assert job.title == "查找 [已销毁] 的行"
    assert (job.result, job.sentence) == ({"seen": ["[已销毁]", 7], "[已销毁]": "其他"}, "与此无关")
    assert texts.scrub([ending]) == ""


def test_a_value_too_short_to_be_telling_changes_no_text(ending):
    job = enqueue("collection.forget", actor=SYSTEM, title="12 行")
    assert texts.scrub([Ending(ending.resource, Selection("code", ("12",)))]) == ""
    job.refresh_from_db()
    assert job.title == "12 行"


def test_a_short_value_goes_where_a_sentence_says_whose_it_is(ending):
    told = "数据第 3 行“{0}”的值“12”不是整数。数据第 4 行的主键({0}、年)“12 + 2020”与数据第 3 行重复。12 行。“名称”的值“12”过长。"
    resource = ending.resource
    name = resource.contract.item("code").name
    job = enqueue("collection.forget", actor=SYSTEM, title="x")
    Job.objects.filter(pk=job.pk).update(sentence=told.format(name))
    texts.scrub([Ending(resource, Selection("code", ("12",)))])
    job.refresh_from_db()
    left = told.format(name).replace(f"“{name}”的值“12”", f"“{name}”的值“[已销毁]”").replace("“12 + 2020”", "“[已销毁] + 2020”")
    assert job.sentence == left


def test_a_short_number_goes_however_it_is_written_and_wherever_in_the_key_it_stands():
    items = (ItemSpec("number", "户号(新)", ItemType.INTEGER, length=6, is_key=True, nullable=False),
             ItemSpec("year", "年", ItemType.INTEGER, length=4, is_key=True, nullable=False))
    ending = Ending(factories.published("households", items), Selection("number", ("12",)))
    told = "“户号(新)”的值“{}”过长，“户号(新)”的值“{}”，“户号(新)”的值“112”。"
    told += "主键(户号(新)、年)“{} + 12”；主键(户号(新)、年)“13 + 12”；主键(户号(新))“{}”。"
    job = enqueue("collection.forget", actor=SYSTEM, title="x")
    Job.objects.filter(pk=job.pk).update(sentence=told.format("012", "12.0", "１２", "12"), result={"why": told.format(*["12"] * 4)})
    assert texts.scrub([ending]) == "控制数据库中 1 处文字里的值已抹去。"
    job.refresh_from_db()
    assert job.sentence == job.result["why"] == told.format(*["[已销毁]"] * 4)
    assert texts.scrub([ending]) == ""
