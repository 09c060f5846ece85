"""The form that tries a call: one field per item of the key, and, to verify, an item and what is claimed of it."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.contract import Contract

_LINE = {"autocomplete": "off", "class": "control", "spellcheck": "false"}


class TryForm(forms.Form):
    """Key values by the item's field; `item` and `claimed` may both be left empty, then the record is looked up."""

    def __init__(self, *args: object, contract: Contract, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as the page gives them
        others = [(item.field, item.name) for item in contract.items if not item.is_key]
        for item in contract.items:
            if item.is_key:
                self.fields[f"key_{item.field}"] = forms.CharField(label=item.name, max_length=200, widget=forms.TextInput(attrs=_LINE))
        self.fields["item"] = forms.ChoiceField(
            label=_("核验哪一项"), required=False, choices=[("", _("不核验，查询整条")), *others],
            widget=forms.Select(attrs={"class": "control"}),
        )
        self.fields["claimed"] = forms.CharField(
            label=_("声称的值"), required=False, max_length=1000, widget=forms.TextInput(attrs=_LINE),
            help_text=_("选了核验的信息项时填写。"),
        )

    def key(self) -> Mapping[str, str]:
        """The values of the key by field."""
        return {name.removeprefix("key_"): value for name, value in self.cleaned_data.items() if name.startswith("key_")}
