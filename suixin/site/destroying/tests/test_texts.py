"""Texts of the database lose the value and nothing else; the last look finds what is left."""

import pytest

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
