"""Forms of the console about themes: a declaration as text, a reason."""

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.services.themes.parsing import MAX_TEXT


class DeclarationForm(forms.Form):
    """The declaration of a theme, or the question bank."""

    text = forms.CharField(
        label=_("声明（YAML）"), max_length=MAX_TEXT, strip=False,
        widget=forms.Textarea(attrs={"class": "control code", "rows": 32, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("不认识的键会指出来；保存只改草稿，发布之后才对外。"),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class ReasonForm(forms.Form):
    """Why a theme is paused or resumed."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.TextInput(attrs={"class": "control"}),
                             help_text=_("办事的人会看到。"))
