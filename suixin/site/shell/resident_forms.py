"""Forms of residents and firms: the shape of what was typed; what is allowed is decided by the actions."""

from datetime import date
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.data.access.traces import Period
from suixin.ground.people.residents.actions import AgencyTerms
from suixin.ground.people.residents.models import AgencyScope
from suixin.kit import clock
from suixin.site.shell.days import DayInput
from suixin.site.shell.words import word

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _day(label: "StrOrPromise", help_text: "StrOrPromise" = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, help_text=help_text, required=required, widget=DayInput())


class AgencyForm(forms.Form):
    """Whom a legal representative lets act for the firm."""

    name = forms.CharField(label=_("经办人姓名"), max_length=120, help_text=_("与身份证件一致。"))
    id_number = forms.CharField(
        label=_("经办人身份证号"), max_length=18, help_text=_("只用来认出本人：他登录后在“我的企业”里接受，授权才生效。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )
    scopes = forms.MultipleChoiceField(label=_("可以做什么"), widget=forms.CheckboxSelectMultiple)
    valid_to = _day(_("有效期到"), _("最长三年，可以随时撤销。"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["scopes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(scope.value, word(scope.label)) for scope in AgencyScope]

    @property
    def terms(self) -> AgencyTerms:
        """What was typed, once it is valid."""
        typed = self.cleaned_data
        return AgencyTerms(typed["name"], typed["id_number"], typed["scopes"], typed["valid_to"])


class PeriodForm(forms.Form):
    """From which day to which."""

    first = _day(_("从"), required=False)
    last = _day(_("到"), required=False)

    def clean(self) -> dict[str, object]:
        """A period that runs forward."""
        typed: dict[str, object] = super().clean() or {}
        first, last = typed.get("first"), typed.get("last")
        if isinstance(first, date) and isinstance(last, date) and first > last:
            raise forms.ValidationError(_("起始日期在截止日期之后，请改正。"))
        if isinstance(first, date) and first > clock.today():
            raise forms.ValidationError(_("起始日期在今天之后，请改正。"))
        return typed

    @property
    def period(self) -> Period:
        """The period typed; everything when it is not valid."""
        return Period(self.cleaned_data.get("first"), self.cleaned_data.get("last")) if self.is_valid() else Period()


class CloseForm(forms.Form):
    """A second yes to what cannot be undone."""

    sure = forms.BooleanField(label=_("我已看过注销后保留的内容，确定注销"))
