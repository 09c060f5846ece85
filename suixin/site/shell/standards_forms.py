"""Forms of the pages of standards: a version's data and file, an element, a mapping's beginning, a word with a decision."""

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.contract import ItemType, Level
from suixin.site.shell import words
from suixin.site.shell.days import DayInput
from suixin.site.shell.forms import refuse_personal_values


class VersionForm(forms.Form):
    """The next version of a code set: what it is, and its list in a file."""

    code = forms.CharField(label=_("代码集代码"), max_length=64, help_text=_("标准号或自定的代码，例如 GB/T 2260；登记后不变。"))
    name = forms.CharField(label=_("名称"), max_length=200)
    label = forms.CharField(label=_("版本"), max_length=32, help_text=_("例如 2024；同一代码集的版本不能重复。"))
    valid_from = forms.DateField(label=_("施行日期"), required=False, widget=DayInput(), help_text=_("不填的一经发布即施行。"))
    source = forms.CharField(label=_("来源"), max_length=300, required=False, help_text=_("标准号、文号或发布单位。"))
    note = forms.CharField(label=_("说明"), max_length=500, required=False, validators=[refuse_personal_values])
    translates = forms.BooleanField(
        label=_("收到旧代码时换成接替代码"), required=False, initial=True, help_text=_("只换有且只有一个接替代码的；其余按不合格退回。"),
    )
    is_whole = forms.BooleanField(
        label=_("文件是完整的代码表"), required=False, initial=True, help_text=_("不勾选的，文件里没有的代码保持不变。"),
    )
    file = forms.FileField(label=_("代码表文件"), help_text=_("XLSX、CSV 或 JSON；列：代码、名称、上级代码、别名、状态、接替代码。"))

    def __init__(self, *args: object, fixed: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.fields["code"].disabled = fixed


class ElementForm(forms.Form):
    """The next version of a data element."""

    name = forms.CharField(label=_("名称"), max_length=128)
    label = forms.CharField(label=_("版本"), max_length=32)
    valid_from = forms.DateField(label=_("施行日期"), required=False, widget=DayInput())
    source = forms.CharField(label=_("来源"), max_length=300, required=False)
    type = forms.ChoiceField(label=_("数据类型"))
    length = forms.IntegerField(label=_("长度"), min_value=1, max_value=1_000_000, required=False)
    scale = forms.IntegerField(label=_("小数位"), min_value=0, max_value=38, required=False)
    unit = forms.CharField(label=_("计量单位"), max_length=32, required=False)
    code_set = forms.CharField(label=_("代码集"), max_length=64, required=False)
    aliases = forms.CharField(label=_("别名"), max_length=1_000, required=False, help_text=_("几个用顿号隔开。"))
    level = forms.TypedChoiceField(label=_("分级"), coerce=int, choices=[(int(one), one.title) for one in Level if one <= Level.L4])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.fields["type"].choices = [(one.value, words.item_type(one.value)) for one in ItemType]  # type: ignore[attr-defined]  # a ChoiceField

    def content(self) -> dict[str, object]:
        """What the version says."""
        told = self.cleaned_data
        aliases = [part.strip() for part in told["aliases"].replace("；", "、").split("、") if part.strip()]
        return {name: told[name] for name in ("name", "type", "length", "scale", "unit", "code_set", "level")} | {"aliases": aliases}


class MappingForm(forms.Form):
    """Which own set is mapped to which standard one."""

    own = forms.ChoiceField(label=_("本单位代码集"))
    target = forms.CharField(label=_("标准代码集"), max_length=64, widget=forms.TextInput(attrs={"list": "code-sets"}))

    def __init__(self, *args: object, owned: "list[tuple[str, str]]", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.fields["own"].choices = owned  # type: ignore[attr-defined]  # a ChoiceField


class WordForm(forms.Form):
    """What is said with a decision."""

    reason = forms.CharField(label=_("意见或理由"), max_length=500, required=False, validators=[refuse_personal_values])
