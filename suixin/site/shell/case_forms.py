"""Small forms about cases: a reason, a text, whom one authorises, a special procedure, a person who stands at the window."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.checksums import has_resident_check_char
from suixin.services.cases import rules
from suixin.services.cases.attached import CardColour, MaterialState
from suixin.site.shell.days import DayInput

AHEAD = timedelta(days=366)


class TextForm(forms.Form):
    """A message, an explanation, an opinion."""

    text = forms.CharField(label=_("内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class WithdrawForm(forms.Form):
    """Why an application is taken back."""

    reason = forms.CharField(label=_("撤回的理由"), max_length=500)


class AppealForm(forms.Form):
    """What is brought against a decision."""

    kind = forms.ChoiceField(label=_("类型"), choices=[("review", _("行政复议")), ("lawsuit", _("行政诉讼"))])
    text = forms.CharField(label=_("请求和理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class AuthorityForm(forms.Form):
    """Whom one lets apply, for what, until when."""

    name = forms.CharField(label=_("受托人姓名"), max_length=60)
    id_number = forms.CharField(label=_("受托人身份证号"), max_length=18)
    code = forms.CharField(
        label=_("事项编码"), max_length=36, required=False, help_text=_("只授权一个事项时填写，编码在办事指南上；留空表示全部事项。"))
    valid_to = forms.DateField(label=_("截止日期"), widget=DayInput())

    def clean_id_number(self) -> str:
        """The number, when its check character fits."""
        return checked_number(self.cleaned_data["id_number"])


class SpecialForm(forms.Form):
    """A special procedure: which, why, the written notice, how long."""

    kind = forms.ChoiceField(label=_("特别程序"), choices=[(one, one) for one in rules.SPECIALS])
    days = forms.IntegerField(label=_("约需天数"), min_value=1, max_value=365)
    document = forms.CharField(label=_("告知书文号"), max_length=200)
    reason = forms.CharField(label=_("事由"), max_length=500)


class ResultForm(forms.Form):
    """What a special procedure came to."""

    result = forms.CharField(label=_("结果"), max_length=500)
    document = forms.CharField(label=_("文号"), max_length=200, required=False)


class DeliveryForm(forms.Form):
    """To whom a decision was handed, or posted under which number."""

    to = forms.CharField(label=_("领取人"), max_length=60)
    note = forms.CharField(label=_("送达记录"), max_length=200, required=False, help_text=_("邮寄的写邮件号，电子送达的写送达方式。"))


class VisitForm(forms.Form):
    """When and where several departments inspect together."""

    on = forms.DateField(label=_("勘验日期"), widget=DayInput())
    note = forms.CharField(label=_("时间和地点"), max_length=200, required=False, help_text=_("申请人会在日历上看到。"))

    def clean_on(self) -> date:
        """A day that is not far off."""
        day: date = self.cleaned_data["on"]
        if day > clock.today() + AHEAD:
            raise forms.ValidationError(_("勘验日期应当在一年以内；请核对年份。"))
        return day


class MaterialForm(forms.Form):
    """How one material stands now."""

    number = forms.IntegerField(label=_("材料"), widget=forms.Select())
    state = forms.ChoiceField(label=_("登记为"), choices=[
        (one.value, one.label) for one in (MaterialState.PAPER, MaterialState.UPLOADED, MaterialState.REUSED, MaterialState.CHECKED,
                                           MaterialState.TOLERATED)])
    note = forms.CharField(label=_("说明"), max_length=300, required=False, help_text=_("容缺的写承诺书编号。"))

    def __init__(self, data: object = None, *, materials: list[tuple[int, str]], **more: object) -> None:
        super().__init__(data, **more)  # type: ignore[arg-type]  # as posted
        self.fields["number"].widget = forms.Select(choices=materials)


class ConsultForm(forms.Form):
    """Which department is asked what."""

    organisation = forms.ModelChoiceField(label=_("被征询部门"), queryset=Organisation.objects.none())
    text = forms.CharField(label=_("征询内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: object = None, *, others: object = None, **more: object) -> None:
        super().__init__(data, **more)  # type: ignore[arg-type]  # as posted
        self.fields["organisation"].queryset = others  # type: ignore[attr-defined]  # a model choice has one


class CardForm(forms.Form):
    """A card for a department."""

    colour = forms.ChoiceField(label=_("亮牌"), choices=CardColour.choices)
    reason = forms.CharField(label=_("事由"), max_length=500)


def checked_number(text: str) -> str:
    """The number of an identity card, when its check character fits. Raises ValidationError."""
    number = text.strip().upper()
    if not has_resident_check_char(number):
        raise forms.ValidationError(_("身份证号校验码不对，请逐位核对（18 位，末位可为 X）。"))
    return number
