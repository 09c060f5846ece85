"""Forms made from the elements of an item: one group of elements, or one row of a list below it; an empty field states nothing."""

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.ground.files.limits import Upload
from suixin.services.items.elements import Element, Kind
from suixin.services.items.worded import shown_value
from suixin.site.shell.days import DayInput
from suixin.site.shell.words import word

YES_NO = {"1": "是", "0": "否"}


class ElementsForm(forms.Form):
    """Fields for some elements; `above`: what holds where a field stays empty, told below it.

    Of a file the field takes another one, and beside it a box takes the one that is there away.
    """

    def __init__(
        self, data: object = None, files: object = None, *, elements: Sequence[Element], stated: Mapping[str, object],
        above: Mapping[str, object] | None = None,
    ) -> None:
        initial = {one.key: _typed(one, stated.get(one.key)) for one in elements}
        super().__init__(data, files, initial=initial)  # type: ignore[arg-type]  # as posted
        self.elements, self.stated = elements, stated
        for one in elements:
            self.fields[one.key] = _field(one, None if above is None else above.get(one.key))
            if one.kind is Kind.FILE and stated.get(one.key):
                self.fields[one.key].help_text = gettext("已有文件；选择新的文件就换掉它。")
                self.fields[f"{one.key}_drop"] = forms.BooleanField(required=False, label=gettext("去掉“%(title)s”") % {"title": one.title})

    @property
    def has_files(self) -> bool:
        """Whether anything can be uploaded."""
        return any(one.kind is Kind.FILE for one in self.elements)

    def uploads(self) -> dict[str, Upload]:
        """What was uploaded, by key of its element."""
        return {one.key: file for one in self.elements if one.kind is Kind.FILE and (file := self.cleaned_data.get(one.key))}

    def content(self) -> dict[str, object]:
        """What was stated, by key; what stays empty is not there."""
        found: dict[str, object] = {}
        for one in self.elements:
            value = self.cleaned_data.get(one.key)
            if one.kind is Kind.FILE:
                value = "" if self.cleaned_data.get(f"{one.key}_drop") else self.stated.get(one.key)
            if one.kind is Kind.FLAG and value in YES_NO:
                found[one.key] = value == "1"
            elif one.kind is Kind.DATE and value:
                found[one.key] = value.isoformat()
            elif value not in (None, "", []):
                found[one.key] = value
        return found


class NewItemForm(forms.Form):
    """Which item is to be drafted: its code, whole or by its parts, and its name."""

    code = forms.CharField(
        label=_("编码"), max_length=36,
        help_text=_("基本目录 12 位；实施清单 31 位（信用代码、行使层级、基本编码）；业务办理项再加 2 位序号。"),
    )
    task_name = forms.CharField(label=_("事项名称"), max_length=300, required=False, help_text=_("留空则沿用上级的名称。"))


class MoveForm(forms.Form):
    """Why an item is paused, resumed or withdrawn; those who come to apply read it."""

    reason = forms.CharField(label=_("理由"), max_length=500, help_text=_("办事的人会在指南上看到，请写明从何时起、之后怎么办。"))


class ItemFileForm(forms.Form):
    """A filled-in workbook, or JSON of the exchange."""

    file = forms.FileField(
        label=_("事项文件"), allow_empty_file=True, help_text=_("按模板填写的 XLSX，或按国家要素名写的 JSON；一次最多 5,000 个事项。"),
    )


def _field(element: Element, above: object) -> forms.Field:
    inherited = shown_value(element, above)[:80] if above is not None else ""
    hint = "；".join(part for part in (element.hint, gettext("沿用上级：%(value)s") % {"value": inherited} if inherited else "") if part)
    told = {"label": element.title, "required": False, "help_text": hint}
    words = YES_NO if element.kind is Kind.FLAG else element.choices
    options = [(key, word(text)) for key, text in words.items()]
    match element.kind:
        case Kind.CHOICE | Kind.FLAG:
            return forms.ChoiceField(choices=[("", gettext("（不填）")), *options], **told)  # type: ignore[arg-type]  # texts
        case Kind.CHOICES:
            return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **told)  # type: ignore[arg-type]
        case Kind.NUMBER:
            return forms.IntegerField(min_value=0, max_value=1_000_000, **told)  # type: ignore[arg-type]
        case Kind.FILE:
            return forms.FileField(allow_empty_file=True, **told)  # type: ignore[arg-type]  # refused with a sentence of its own
        case Kind.DATE:
            return forms.DateField(widget=DayInput(), **told)  # type: ignore[arg-type]
    widget = forms.Textarea(attrs={"rows": 4}) if element.kind is Kind.LONG else forms.TextInput()
    return forms.CharField(max_length=element.longest, widget=widget, **told)  # type: ignore[arg-type]


def _typed(element: Element, value: object) -> object:
    if element.kind is Kind.FILE:
        return None
    if element.kind is Kind.FLAG:
        return "1" if value is True else "0" if value is False else ""
    return value
