"""A day as browsers take it: their own calendar shows a value only when it is written year-month-day."""

from typing import Any  # attributes of a widget, as Django takes them

from django import forms


class DayInput(forms.DateInput):
    """The browser's calendar; a day that is set already shows in every language of the page."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")
