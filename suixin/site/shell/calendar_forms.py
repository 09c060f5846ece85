"""Forms of the working-day calendar: one day, and a year from a file or the notice's text."""

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.site.shell.days import DayInput

_CONTROL = {"class": "control"}


class DayForm(forms.Form):
    """A day worked or not, and why."""

    date = forms.DateField(label=_("日期"), widget=DayInput(dict(_CONTROL)))
    arrangement = forms.ChoiceField(
        label=_("安排"), choices=[("off", _("放假")), ("work", _("上班"))], widget=forms.Select(_CONTROL))
    name = forms.CharField(label=_("名称"), max_length=40, required=False, widget=forms.TextInput(_CONTROL))
    reason = forms.CharField(
        label=_("理由"), max_length=180, help_text=_("例如依据的文件；会记入审计。"), widget=forms.TextInput(_CONTROL))


class YearForm(forms.Form):
    """Next year's notice: a file, or its words."""

    year = forms.IntegerField(
        label=_("年份"), required=False, min_value=2000, max_value=2100, help_text=_("文件或通知里写明了年份时可以不填。"),
        widget=forms.NumberInput(_CONTROL))
    file = forms.FileField(
        label=_("文件"), required=False, help_text=_("YAML、CSV 或 XLSX；表格的列是：日期、安排（上班或放假）、名称，可再加截止。"),
        widget=forms.ClearableFileInput(_CONTROL))
    text = forms.CharField(
        label=_("或粘贴通知原文"), required=False, max_length=100_000, widget=forms.Textarea({"rows": 8, **_CONTROL}),
        help_text=_("例如：一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。"))
