"""The form of a rule: one field for each parameter of its template; what fits is decided by the library."""

from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.contract import Contract, Severity
from suixin.data.quality.library.templates import Parameter, Template
from suixin.site.shell.forms import ReasonForm, refuse_personal_values

MARKS = "__"  # before the names of parameters, so that none meets another field
SEVERITIES = ((Severity.REJECT.value, _("拒收这一行")), (Severity.MARK.value, _("只标记，照样入库")))


class RuleForm(ReasonForm):
    """Parameters, what becomes of a row that breaks the rule, and why it is set."""

    severity = forms.ChoiceField(label=_("违反时"), choices=SEVERITIES, required=False)

    field_order: Sequence[str] = ()

    def __init__(
        self, data: QueryDict | None, *, template: Template, contract: Contract, given: Mapping[str, object]
    ) -> None:
        super().__init__(data)
        self.template = template
        for parameter in template.parameters:
            self.fields[MARKS + parameter.name] = _field(parameter, contract, given.get(parameter.name, parameter.preset))
        self.fields["severity"].initial = template.severity
        if template.is_of_batch:
            del self.fields["severity"]
        self.order_fields([*(MARKS + one.name for one in template.parameters), "severity", "reason"])

    @property
    def given(self) -> dict[str, str | list[str]]:
        """What was said for the parameters."""
        told = {one.name: self.cleaned_data.get(MARKS + one.name, "") for one in self.template.parameters}
        return {name: value if isinstance(value, list) else str(value) for name, value in told.items()}

    def tell(self, faults: Mapping[str, object], sentence: str) -> None:
        """The library's faults beside the parameters that they are about."""
        for name, told in faults.items():
            self.add_error(MARKS + name if MARKS + name in self.fields else None, str(told))
        if not faults:
            self.add_error(None, sentence)


def _field(parameter: Parameter, contract: Contract, initial: object) -> forms.Field:
    told = {"label": _(parameter.title), "required": False, "initial": initial, "help_text": _(parameter.hint) if parameter.hint else ""}
    fitting = [(item.field, item.name) for item in contract.items if not parameter.of or item.type.value in parameter.of]
    match parameter.type:
        case "item":
            return forms.ChoiceField(choices=[("", _("请选择")), *fitting], **told)  # type: ignore[arg-type]  # keyword arguments
        case "items":
            return forms.MultipleChoiceField(choices=fitting, widget=forms.CheckboxSelectMultiple, **told)  # type: ignore[arg-type]
        case "table":
            told["help_text"] = _("写数据表名、信息资源代码或名称")
        case "condition" | "values":
            return forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2}), validators=[refuse_personal_values], **told)  # type: ignore[arg-type]
        case _:
            pass
    return forms.CharField(max_length=300, validators=[refuse_personal_values], **told)  # type: ignore[arg-type]
