"""What pages of exchange do alike: a move that ends with a sentence, a form whose action may refuse."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from suixin.kit.errors import NotAllowed, SuixinError

T = TypeVar("T")


def moved(request: HttpRequest, work: Callable[[], object], *, told: str = "") -> None:
    """The move, done and told, or its refusal told. Raises NotAllowed."""
    try:
        work()
    except NotAllowed:
        raise
    except SuixinError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, told or gettext("已办理，并已记入审计。"))


def made(form: forms.Form, work: Callable[[], T]) -> T | None:
    """What the action made of a form that is valid; None with the refusal in the form. Raises NotAllowed."""
    if not form.is_valid():
        return None
    try:
        return work()
    except NotAllowed:
        raise
    except SuixinError as error:
        form.add_error(None, error.sentence)
        return None
