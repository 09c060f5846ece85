"""Forms of steps, instances and delegations: the shape of what was typed; what is allowed is decided by ground.flow."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.ground.people.models import Account, Organisation
from suixin.site.shell.days import DayInput
from suixin.site.shell.forms import refuse_personal_values

MISSING_LINES = 50


class ReasonField(forms.CharField):
    """A reason of some lines, without personal values."""

    def __init__(self, *, max_length: int = 1000, **options: Any) -> None:  # noqa: ANN401 passed through as CharField takes them
        widget = forms.Textarea(attrs={"rows": 3})
        super().__init__(max_length=max_length, validators=[refuse_personal_values], widget=widget, **{"label": _("理由"), **options})


def _document(*, required: bool = False) -> forms.CharField:
    return forms.CharField(label=_("文号"), max_length=200, required=required, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class KeyedForm(forms.Form):
    """A form that, posted twice, is carried out once."""

    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)


class DecideForm(KeyedForm):
    """What goes with a decision; which of them need a reason says `ground.flow`."""

    reason = ReasonField(label=_("意见"), required=False, help_text=_("不同意、退回时必填；会留存在办理记录里。"))
    document = _document()


class SupplementForm(KeyedForm):
    """Everything that is missing, told at once."""

    missing = forms.CharField(
        label=_("缺少的材料或内容"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}), validators=[refuse_personal_values],
        help_text=_("每行一项，一次写全。发起人补齐前停钟，不计入时限。"),
    )
    reason = ReasonField(label=_("说明"), required=False)
    document = _document()

    def clean_missing(self) -> list[str]:
        """The lines."""
        lines = [line.strip() for line in self.cleaned_data["missing"].splitlines() if line.strip()]
        if len(lines) > MISSING_LINES:
            raise forms.ValidationError(_("最多 %(n)d 项；请合并后再提交。"), params={"n": MISSING_LINES})
        return lines


class AnswerForm(KeyedForm):
    """The starter's word on what was missing."""

    reason = ReasonField(label=_("补正说明"), help_text=_("写明补了什么、在哪里看得到。"))


class SuspendForm(KeyedForm):
    """Why a clock stands still."""

    reason = ReasonField()
    legal_basis = forms.CharField(label=_("依据"), max_length=300, help_text=_("法律、法规或文件的名称和条款。"))
    document = _document(required=True)


class ExtendForm(KeyedForm):
    """How much more time, and why."""

    days = forms.IntegerField(label=_("延长几个工作日"), min_value=1, max_value=999)
    reason = ReasonField()
    document = _document(required=True)


class MoveReasonForm(KeyedForm):
    """A reason, and the paper behind it if there is one."""

    reason = ReasonField()
    document = _document()


class ReturnForm(KeyedForm):
    """To which earlier node, and why."""

    node = forms.ChoiceField(label=_("退回到"))
    reason = ReasonField()
    document = _document()

    def __init__(self, *args: object, nodes: Sequence[tuple[str, str]] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["node"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(nodes)


class HandOverForm(KeyedForm):
    """To whom, and why. `people`: numbers of the accounts that may be chosen."""

    to = forms.ModelChoiceField(label=_("交给"), queryset=Account.objects.none(), empty_label=_("请选择"))
    reason = ReasonField()
    document = _document()

    def __init__(self, *args: object, people: Sequence[int] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as above
        field = self.fields["to"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Account.objects.filter(pk__in=people).order_by("display_name", "username")


class DelegationForm(forms.Form):
    """Who does one's steps in an organisation, for a time."""

    receiver = forms.ModelChoiceField(label=_("受托人"), queryset=Account.objects.none(), empty_label=_("请选择"))
    organisation = forms.ModelChoiceField(label=_("单位"), queryset=Organisation.objects.none(), empty_label=None)
    since = forms.DateField(label=_("开始日期"), widget=DayInput())
    until = forms.DateField(label=_("结束日期"), widget=DayInput(), help_text=_("含这一天。"))
    reason = forms.CharField(label=_("理由"), max_length=300, validators=[refuse_personal_values])
    document = _document()

    def __init__(
        self, *args: object, people: Sequence[int] = (), places: Sequence[int] = (), **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as above
        receiver, organisation = self.fields["receiver"], self.fields["organisation"]
        if isinstance(receiver, forms.ModelChoiceField):
            receiver.queryset = Account.objects.filter(pk__in=people).order_by("display_name", "username")
        if isinstance(organisation, forms.ModelChoiceField):
            organisation.queryset = Organisation.objects.filter(pk__in=places).order_by("lineage")
