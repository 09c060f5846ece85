"""Cases found by what people have in hand."""

import pytest

from suixin.ground.people.residents.tests.factories import NAMES, NUMBERS
from suixin.services.cases import queries
from suixin.services.cases.models import Application
from suixin.services.cases.tests.factories import Town, opened, town
from suixin.services.items.tests import factories as item_factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Town:
    return town()


def test_words_find_a_case_by_its_number_item_or_applicant(place: Town) -> None:
    case = opened(place)
    seen = queries.worklist(place.clerk)
    for words in (case.number[:28], case.title[:4], case.application.shown_name):
        assert list(queries.narrowed(seen, words=words)) == [case], words
    for words in ("没有这样的", "1" * 30, case.title[:4] + "错"):
        assert not queries.narrowed(seen, words=words).exists(), words
    assert not queries.narrowed(seen, words=case.title[:4], state="closed").exists()


def test_case_is_found_by_whole_name_numbers_of_its_receipt_item_and_applicant(place: Town) -> None:
    case, another = opened(place), opened(place)
    Application.objects.filter(pk=another.application_id).update(name_index="", subject_index="", shown_name="冯*")
    seen, receipt = queries.worklist(place.clerk), case.documents.get(kind="receipt")
    whole = (NAMES["zhou"], NUMBERS["zhou"], NUMBERS["zhou"].lower(), case.query_code, case.query_code.upper(), receipt.number)
    for words in whole:
        assert list(queries.narrowed(seen, words=words)) == [case], words
        assert not queries.narrowed(seen, words=words[:-1]).exists(), words
    for words in (place.item.code, place.item.code[:20], item_factories.BASIC):
        assert set(queries.narrowed(seen, words=words)) == {case, another}, words
