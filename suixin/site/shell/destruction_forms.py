"""Forms of destruction: whose rows shall end and why, how long rows are kept."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.models import Resource
from suixin.site.shell.forms import refuse_personal_values


class BasisForm(forms.Form):
    """On which basis, by which document."""

    basis = forms.CharField(
        label=_("依据"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), validators=[refuse_personal_values],
        help_text=_("法律法规条款，或当事人的申请、裁判文书等。不要写入要销毁的值。"),
    )
    document = forms.CharField(
        label=_("文号"), max_length=200, validators=[refuse_personal_values], help_text=_("批准材料或申请材料的编号。"),
    )


class DestructionForm(BasisForm):
    """Rows by the value of an item, in one table and in others of the same department that hold the same."""

    item = forms.ChoiceField(label=_("按哪个信息项"), help_text=_("能认出当事人的信息项，例如身份证号、统一社会信用代码。"))
    value = forms.CharField(
        label=_("值"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("须完整填写；加密保存到销毁完成为止，页面、审计记录和销毁证明里只有它的杂凑。"),
    )
    also = forms.MultipleChoiceField(
        label=_("同时在这些表里销毁"), required=False, widget=forms.CheckboxSelectMultiple(),
        help_text=_("本单位其他表里的同类信息项。"),
    )
    field_order = ("item", "value", "also", "basis", "document")

    def __init__(
        self, *args: object, items: Sequence[tuple[str, str]], also: Sequence[tuple[str, str]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.fields["item"].choices = items  # type: ignore[attr-defined]  # of a choice
        self.fields["also"].choices = also  # type: ignore[attr-defined]
        if not also:
            del self.fields["also"]


class RetentionForm(BasisForm):
    """How long rows of a resource are kept."""

    period = forms.RegexField(
        label=_("保存期限"), regex=r"^(P[1-9]\d{0,3}[YMD])?$", max_length=12, required=False,
        help_text=_("P5Y 是 5 年，P18M 是 18 个月，P90D 是 90 天；留空是不再设期限。"),
        error_messages={"invalid": _("请写成 P5Y（5 年）、P18M（18 个月）或 P90D（90 天）的形式。")},
    )
    field = forms.ChoiceField(label=_("从何时起算"), required=False)
    field_order = ("period", "field", "basis", "document")

    def __init__(self, *args: object, days: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        first = ("", gettext("最近一次写入该行的批次入库之日"))
        self.fields["field"].choices = [first, *days]  # type: ignore[attr-defined]  # of a choice


class TableForm(forms.Form):
    """Which table."""

    table = forms.ModelChoiceField(label=_("数据资源"), queryset=Resource.objects.none(), to_field_name="table")

    def __init__(self, *args: object, resources: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.fields["table"].queryset = resources  # type: ignore[attr-defined]  # of a choice of rows
