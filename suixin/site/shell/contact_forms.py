"""How a resident wants to be told; fees as a clerk writes them; a number corrected."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.kit import clock
from suixin.services.cases.kept import Contact
from suixin.services.cases.telling import OPTIONAL
from suixin.site.shell.days import DayInput
from suixin.site.shell.words import word

FIRST_DAY = date(2000, 1, 1)

def _yuan(label: object, least: str, *, is_required: bool = True) -> forms.DecimalField:
    """An amount in yuan, to the cent."""
    return forms.DecimalField(
        label=label, min_value=Decimal(least), max_value=Decimal(1_000_000), required=is_required,  # type: ignore[arg-type]  # lazy text
        max_digits=10, decimal_places=2,
    )


class ContactForm(forms.Form):
    """A mail address, SMS or not, and which of what need not be told is wanted."""

    mail = forms.CharField(
        label=_("邮箱"), max_length=200, required=False, help_text=_("可以不填。保存后会发一封确认信，点开里面的链接才生效。"))
    wants_sms = forms.BooleanField(label=_("发短信到申请时填的手机号"), required=False, help_text=_("没有确认的邮箱时，总是发短信。"))
    wanted = forms.MultipleChoiceField(
        label=_("还要提醒我"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("补正、特别程序、决定和缴费的通知依法要告知，不能不要。"))

    def __init__(self, data: object = None, *, held: Contact | None) -> None:
        refused = set(held.refused) if held is not None else set()
        super().__init__(data, initial={  # type: ignore[arg-type]  # as posted
            "mail": held.mail if held is not None else "", "wants_sms": held is None or held.wants_sms,
            "wanted": [kind.name for kind in OPTIONAL if kind.name not in refused],
        })
        self.fields["wanted"].choices = [(kind.name, word(kind.title)) for kind in OPTIONAL]  # type: ignore[attr-defined]  # it has

    @property
    def refused(self) -> list[str]:
        """Kinds that are not wanted."""
        return [kind.name for kind in OPTIONAL if kind.name not in self.cleaned_data["wanted"]]


class AssessForm(forms.Form):
    """A line of what a case costs."""

    name = forms.ChoiceField(label=_("收费项目"))
    amount = _yuan(_("金额（元）"), "0.01")
    reduced = _yuan(_("减免（元）"), "0", is_required=False)
    basis = forms.CharField(label=_("减免依据"), max_length=1000, required=False, help_text=_("有减免的，写政策文件的名称和条款。"))

    def __init__(self, data: object = None, *, names: Sequence[str], **more: object) -> None:
        super().__init__(data, **more)  # type: ignore[arg-type]  # as posted
        self.fields["name"].choices = [(one, one) for one in names]  # type: ignore[attr-defined]  # a choice field has them


class ReduceForm(forms.Form):
    """A reduction of a fee that is due."""

    fee = forms.UUIDField(label=_("费用"), widget=forms.Select())
    reduced = _yuan(_("减免（元）"), "0.01")
    basis = forms.CharField(label=_("减免依据"), max_length=1000)

    def __init__(self, data: object = None, *, fees: Sequence[tuple[str, str]], **more: object) -> None:
        super().__init__(data, **more)  # type: ignore[arg-type]  # as posted
        self.fields["fee"].widget = forms.Select(choices=fees)


class RefundForm(forms.Form):
    """What is given back, why, and at the till under which voucher."""

    payment = forms.UUIDField(label=_("付款"), widget=forms.Select())
    reason = forms.CharField(label=_("退款依据"), max_length=500)
    receipt = forms.CharField(
        label=_("线下退款凭证号"), max_length=120, required=False, help_text=_("窗口收的、渠道退不了的，线下退还后填写；留空则原路退回。"))

    def __init__(self, data: object = None, *, payments: Sequence[tuple[str, str]], **more: object) -> None:
        super().__init__(data, **more)  # type: ignore[arg-type]  # as posted
        self.fields["payment"].widget = forms.Select(choices=payments)


class MobileForm(forms.Form):
    """A number that did not answer, corrected."""

    mobile = forms.RegexField(label=_("手机号码"), regex=r"^1[3-9][0-9]{9}$", error_messages={"invalid": _("请填 11 位手机号码。")})
    reason = forms.CharField(label=_("怎样核实的"), max_length=300)


class DayOfProvider(forms.Form):
    """Which provider's list of which day."""

    provider = forms.ChoiceField(label=_("支付渠道"))
    day = forms.DateField(label=_("日期"), widget=DayInput())

    def __init__(self, data: object = None, *, names: Sequence[tuple[str, str]], **more: object) -> None:
        super().__init__(data, **more)  # type: ignore[arg-type]  # as asked
        self.fields["provider"].choices = names  # type: ignore[attr-defined]  # a choice field has them

    def clean_day(self) -> date:
        """A day that may have a list."""
        day: date = self.cleaned_data["day"]
        if not FIRST_DAY <= day <= clock.today():
            raise forms.ValidationError(_("请填 2000 年以来、不晚于今天的日期。"))
        return day


def cents(amount: object) -> int:
    """Yuan as cents."""
    return int(amount * 100) if isinstance(amount, Decimal) else 0
