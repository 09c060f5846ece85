"""The generation: one number that every change of who reads what moves on, in the transaction of the change.

Who      grants (access) and entries in force (catalog); whoever keeps something compiled from them compares it
Order    the row is locked until the change commits, so that numbers grow in the order of commits: a reader that
         saw n has seen all that n stands for, which no time of a row could promise
Lock     taken before any other of the action; two actions cannot wait for each other
"""

from django.db import models

from suixin.data.catalog.models import Generation

_ONLY = 1


def advance() -> None:
    """The next generation, visible to others with the caller's transaction; call it first inside one."""
    only = Generation.objects.filter(pk=_ONLY)
    if not only.update(n=models.F("n") + 1):
        Generation.objects.get_or_create(pk=_ONLY)
        only.update(n=models.F("n") + 1)


def current() -> int:
    """The generation now; 0 before the first change. One row read by its key."""
    return Generation.objects.filter(pk=_ONLY).values_list("n", flat=True).first() or 0
