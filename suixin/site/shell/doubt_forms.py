"""The form of a doubt: by which values the row is known, which item is wrong, what it should be, and why."""

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.data.access.plans import Column, Plan
from suixin.data.quality.loop.doubts import LONGEST, Wrong

ROW = "row-"


class DoubtForm(forms.Form):
    """Inputs for the key where the plan shows it whole, else lines of `信息项=值`."""

    field = forms.ChoiceField(label=_("哪一项有误"))
    expected = forms.CharField(label=_("应为"), max_length=LONGEST)
    evidence = forms.CharField(
        label=_("依据"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("凭什么说它有误，例如证照、文件的名称和日期。只写核实所需的内容，提供单位会看到。"),
    )

    def __init__(self, *args: object, plan: Plan, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self._keys = key_columns(plan)
        choice = self.fields["field"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(column.field, column.name) for column in plan.columns if column.field not in plan.contract.key]
        for column in self._keys:
            self.fields[ROW + column.field] = forms.CharField(label=column.name, max_length=LONGEST)
        if not self._keys:
            self.fields["lines"] = forms.CharField(
                label=_("是哪一行"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4 * LONGEST,
                help_text=_("照数据里显示的值，每行写一个“信息项=值”，要能认出唯一的一行。"),
            )
        first = [ROW + column.field for column in self._keys] or ["lines"]
        self.order_fields([*first, "field", "expected", "evidence"])

    def clean_lines(self) -> dict[str, str]:
        """The values by name of the item."""
        found: dict[str, str] = {}
        for line in str(self.cleaned_data["lines"]).splitlines():
            name, mark, value = line.replace("＝", "=").partition("=")
            if line.strip() and not (mark and name.strip()):
                raise forms.ValidationError(gettext("“%(line)s”不是“信息项=值”。"), params={"line": line[:40]})
            if mark:
                found[name.strip()] = value.strip()
        return found

    @property
    def wrong(self) -> Wrong:
        """What the asker says."""
        told = self.cleaned_data
        row: Mapping[str, str] = {column.field: told[ROW + column.field] for column in self._keys} or told["lines"]
        return Wrong(row, told["field"], told["expected"], told["evidence"])


def key_columns(plan: Plan) -> Sequence[Column]:
    """The key's columns when the plan shows all of them whole, else none."""
    shown = {column.field: column for column in plan.columns if not column.mask}
    key = plan.contract.key
    return [shown[field] for field in key] if key and all(field in shown for field in key) else []
