"""The form of a simulation: made from the declaration, sent by GET, so that what was played through can be shared as a link."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.ground.flow.declaration import Declaration, NodeKind
from suixin.site.shell.days import DayInput
from suixin.site.shell.queries.procedure_drawing import duration_words
from suixin.site.shell.words import item_type

STOPS = 3
_EARLIEST, _LATEST = date(2000, 1, 1), date(2059, 12, 31)
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is assumed: the start, the data, working days by node, times in which everything stands still (end not included)."""

    start: date
    data: Mapping[str, object]
    durations: Mapping[str, int]
    stops: tuple[tuple[date, date], ...]


def _day_field(**more: object) -> forms.DateField:
    limits = [MinValueValidator(_EARLIEST), MaxValueValidator(_LATEST)]
    return forms.DateField(required=False, widget=DayInput(), validators=limits, **more)  # type: ignore[arg-type]  # as given


class SimulationForm(forms.Form):
    """Start date, a field of the right kind for each field of the declaration, days for each node, suspensions."""

    def __init__(self, *args: object, declaration: Declaration, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.declaration = declaration
        self.decided = {one.field for one in declaration.decisions}
        self.fields["start"] = _day_field(label=_("开始日期"), help_text=_("当天不计，次日起算；不填为今天。"))
        for name, letter in declaration.fields.items():
            if name not in self.decided:
                self.fields[f"data.{name}"] = _typed(letter, name)
                self.fields[f"data.{name}"].help_text = item_type(letter)
        for node in declaration.nodes:
            if node.kind is not NodeKind.AUTO:
                told = gettext("时限 %(limit)s") % {"limit": duration_words(node.limit)} if node.limit else gettext("没有时限")
                self.fields[f"days.{node.id}"] = forms.IntegerField(
                    label=node.title, required=False, min_value=0, max_value=999, help_text=told,
                )
        for at in range(1, STOPS + 1):
            self.fields[f"from.{at}"] = _day_field(label=_("第 %(n)d 次挂起") % {"n": at})
            self.fields[f"to.{at}"] = _day_field(label=_("第 %(n)d 次恢复") % {"n": at})

    def clean(self) -> dict[str, object]:
        """Suspensions have both ends, in order."""
        cleaned: dict[str, object] = super().clean() or {}
        for at in range(1, STOPS + 1):
            since, until = cleaned.get(f"from.{at}"), cleaned.get(f"to.{at}")
            if isinstance(since, date) and isinstance(until, date):
                if until <= since:
                    self.add_error(f"to.{at}", _("恢复日期应当在挂起日期之后。"))
            elif since and f"to.{at}" not in self.errors:
                self.add_error(f"to.{at}", _("请写恢复日期。"))
            elif until and f"from.{at}" not in self.errors:
                self.add_error(f"from.{at}", _("请写挂起日期。"))
        return cleaned

    def assumed(self, today: date) -> Assumed:
        """What is assumed; what was left empty is not known, or takes its whole limit."""
        typed: Mapping[str, object] = self.cleaned_data if self.is_bound else {}
        start = typed.get("start")
        data = {name: typed.get(f"data.{name}") for name in self.declaration.fields if name not in self.decided}
        days = {node.id: typed.get(f"days.{node.id}") for node in self.declaration.nodes}
        pairs = [(typed.get(f"from.{at}"), typed.get(f"to.{at}")) for at in range(1, STOPS + 1)]
        return Assumed(
            start if isinstance(start, date) else today, {name: value for name, value in data.items() if value not in (None, "")},
            {name: value for name, value in days.items() if isinstance(value, int)},
            tuple((since, until) for since, until in pairs if isinstance(since, date) and isinstance(until, date)),
        )

    def of_data(self) -> Iterator[BoundField]:
        """The start and the fields of the declaration."""
        return (field for field in self if field.name == "start" or field.name.startswith("data."))

    def of_days(self) -> Iterator[BoundField]:
        """How long each node takes."""
        return (field for field in self if field.name.startswith("days."))

    def of_stops(self) -> Iterator[BoundField]:
        """When everything stands still."""
        return (field for field in self if field.name.startswith(("from.", "to.")))

    @property
    def has_days(self) -> bool:
        """Whether any assumed duration was typed, or typed wrongly."""
        return any(field.data or field.errors for field in self.of_days())

    @property
    def has_stops(self) -> bool:
        """Whether any suspension was typed."""
        return any(field.data or field.errors for field in self.of_stops())


def _typed(letter: str, name: str) -> forms.Field:
    """The field for an item type."""
    if letter == "L":
        choices = [("", gettext("不知道")), ("1", gettext("是")), ("0", gettext("否"))]
        return forms.TypedChoiceField(label=name, required=False, choices=choices, coerce=lambda value: value == "1", empty_value=None)
    if letter == "I":
        return forms.IntegerField(label=name, required=False, min_value=-(10**15), max_value=10**15)
    if letter in "NYBF":
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.DecimalField(label=name, required=False, max_digits=24, decimal_places=8, widget=widget)
    if letter == "D":
        return _day_field(label=name)
    if letter == "T":
        return forms.DateTimeField(label=name, required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    return forms.CharField(label=name, required=False, max_length=500)
