"""Cases by what people have in hand: a number, a receipt, an item, an applicant.

Code (with a digit)  how a case's number begins, or an item's code (of any tier, whole or how it begins from twelve characters on), or
                     the query code of a receipt, or the number of a person or firm, whole
Other words          the number of a paper, part of an item's title, an applicant's name: whole, or masked as lists show it
Settled first        what the words are, so that each is asked along its own index: one condition over tables reads all of them
"""

import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from suixin.ground.security.subjects import subject_indexes
from suixin.services.cases.attached import Document
from suixin.services.cases.models import Application
from suixin.services.items.models import ItemVersion

NAMESAKES = 1_000  # thousands share a masked name: the newest are meant
QUERY_CODE, BASIC_CODE, SUBJECT_NUMBER = 12, 12, 18
_PAPER = re.compile(r".+〔[0-9]{4}〕[0-9]+号")


def meant(words: str) -> Q:
    """The condition on cases; of none, when the words mean nothing that there is."""
    is_code = words.isascii() and words.isalnum() and not words.isalpha()
    found = list(_by_code(words.upper()) if is_code else _by_words(words))
    return reduce(or_, found) if found else Q(pk__in=[])


def _by_code(code: str) -> Iterator[Q]:
    yield Q(number__startswith=code)
    if len(code) >= BASIC_CODE:
        of_item = Q(item__code__startswith=code) | Q(item__parent__code=code) | Q(item__parent__parent__code=code)
        if versions := list(ItemVersion.objects.filter(of_item).values_list("pk", flat=True)):
            yield Q(version__in=versions)
    if len(code) == QUERY_CODE and re.fullmatch("[0-9A-F]+", code):
        yield Q(uuid__range=(UUID(f"{code:0<32}"), UUID(f"{code:F<32}")))
    if len(code) == SUBJECT_NUMBER:
        yield from _applied(Q(subject_index__in=subject_indexes(code)))


def _by_words(words: str) -> Iterator[Q]:
    if _PAPER.fullmatch(words):
        yield Q(pk__in=list(Document.objects.filter(number=words).values_list("case", flat=True)[:NAMESAKES]))
        return
    if versions := list(ItemVersion.objects.filter(item__title__contains=words).values_list("pk", flat=True)):
        yield Q(version__in=versions)
    yield from _applied(Q(shown_name=words))
    yield from _applied(Q(name_index__text=words))


def _applied(condition: Q) -> Iterator[Q]:
    if applications := list(Application.objects.filter(condition).order_by("-id").values_list("pk", flat=True)[:NAMESAKES]):
        yield Q(application__in=applications)
