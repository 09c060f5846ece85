"""Addresses of lists with their filters, pages and crumbs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.site.shell.components import Crumb, Pages

M = TypeVar("M", bound=Model)
MOST = 600  # what is counted is read


def with_parameter(parameters: QueryDict, name: str, value: str) -> str:
    """The query string with `name` set, or dropped when `value` is empty; always back on the first page."""
    changed = parameters.copy()
    changed.pop("page", None)
    changed.pop("after", None)
    if value:
        changed[name] = value
    else:
        changed.pop(name, None)
    return "?" + changed.urlencode()


def choices_of(parameters: QueryDict, name: str) -> Callable[[str], str]:
    """As `with_parameter`, for many values of one name: what stands around the value is written once."""
    keys = [key for key in parameters if key not in ("page", "after")]
    place = keys.index(name) if name in keys else len(keys)
    around = [urlencode([(key, one) for key in some for one in parameters.getlist(key)]) for some in (keys[:place], keys[place + 1 :])]

    def address(value: str) -> str:
        return "?" + "&".join(filter(None, (around[0], urlencode({name: value}) if value else "", around[1])))

    return address


def page_of(found: QuerySet[M], parameters: Mapping[str, str], *, size: int) -> tuple[Sequence[M], Pages]:
    """The entries of the page asked for (a wrong number means the nearest) and where that is."""
    paginator = Paginator(found, size)
    page = paginator.get_page(parameters.get("page", "1"))
    return list(page.object_list), Pages(page.number, paginator.num_pages, paginator.count, size)


def first_pages_of(
    found: QuerySet[M], parameters: Mapping[str, str], *, size: int, shown: QuerySet[M] | None = None,
    beside: Sequence[QuerySet[M]] = (),
) -> tuple[Sequence[M], Pages]:
    """`page_of` for lists of any length: no more than MOST entries are counted and turned over, whoever wants more narrows the list.

    Which entries there are is asked first, by number alone, so that thousands of candidates are neither joined nor sorted with
    all that is shown of them; `shown` (default: `found`) is what the entries of the page are then read from. Lists `beside` it, newest
    first as it is, are read each for itself and united with it.
    """
    numbers = [number for one in (found, *beside) for number in one.values_list("pk", flat=True)[: MOST + 1]]
    if beside:
        numbers = sorted({*numbers}, reverse=True)[: MOST + 1]
    pages = replace(pages_at(min(len(numbers), MOST), parameters, size=size), is_capped=len(numbers) > MOST)
    start = (pages.number - 1) * size
    wanted = numbers[start : min(start + size, MOST)]
    rows = {row.pk: row for row in (found if shown is None else shown).order_by().filter(pk__in=wanted)} if wanted else {}
    return [rows[number] for number in wanted if number in rows], pages


def pages_at(total: int, parameters: Mapping[str, str], *, size: int) -> Pages:
    """The page asked for of so many entries (a wrong number means the nearest)."""
    page = Paginator(range(total), size).get_page(parameters.get("page", "1"))
    return Pages(page.number, page.paginator.num_pages, total, size)


def portal_crumbs(*steps: tuple[str, str]) -> list[Crumb]:
    """Crumbs from the portal's home; the last step has no address."""
    return [Crumb(gettext("首页"), reverse("portal-home")), *(Crumb(text, href) for text, href in steps)]


def console_crumbs(*steps: tuple[str, str]) -> list[Crumb]:
    """Crumbs from the console's home."""
    return [Crumb(gettext("工作台"), reverse("console-home")), *(Crumb(text, href) for text, href in steps)]
