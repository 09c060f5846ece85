"""Forms of the lists' pages: what becomes of a demand, a system of the register, the source of an item."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.models import InformationSystem, Network, Protection, SystemState
from suixin.data.catalog.systems import CODE, SystemDraft
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.site.shell.days import DayInput
from suixin.site.shell.forms import refuse_personal_values

_AREA = {"rows": 2}


class MatchForm(forms.Form):
    """How the bureau matches a demand: an entry that exists, or who is to answer."""

    resource = forms.CharField(
        label=_("已有目录的信息资源代码"), max_length=64, required=False,
        help_text=_("有现成目录的填写；可从下面“可能合适的目录”里抄代码。"),
    )
    owner = forms.ModelChoiceField(
        label=_("由哪个单位答复"), queryset=Organisation.objects.none(), to_field_name="uscc", required=False, empty_label=_("（不指定）"),
        help_text=_("没有现成目录的，按职责确定数源部门。"),
    )
    reason = forms.CharField(
        label=_("说明"), max_length=500, required=False, widget=forms.Textarea(attrs=_AREA), validators=[refuse_personal_values],
        help_text=_("不予受理的，在这里写明依据。"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.fields["owner"].queryset = Organisation.objects.in_force(clock.today()).order_by("lineage")  # type: ignore[attr-defined]  # of a choice of rows


class AnswerForm(forms.Form):
    """How the owner answers: an entry, a day by which there will be one, or a basis for declining."""

    resource = forms.CharField(
        label=_("信息资源代码"), max_length=64, required=False, help_text=_("本单位已发布的目录，或正在编制的目录（同时填承诺日期）。")
    )
    promised_on = forms.DateField(label=_("承诺编目日期"), required=False, widget=DayInput())
    text = forms.CharField(
        label=_("答复"), max_length=500, required=False, widget=forms.Textarea(attrs=_AREA), validators=[refuse_personal_values],
        help_text=_("目录和日期都不填就是不予响应，这里须写明依据。"),
    )


class SystemForm(forms.Form):
    """One system of the register."""

    organisation = forms.ModelChoiceField(label=_("建设单位"), queryset=Organisation.objects.none(), to_field_name="uscc")
    code = forms.RegexField(
        label=_("系统编码"), regex=f"^{CODE.pattern}$", max_length=64, help_text=_("2 到 64 位字母、数字、短横线；登记后不变。"),
        error_messages={"invalid": _("系统编码应为 2 到 64 位字母、数字、下划线或短横线。")},
    )
    name = forms.CharField(label=_("系统名称"), max_length=200)
    operator = forms.CharField(label=_("运维单位"), max_length=200, required=False)
    protection = forms.ChoiceField(label=_("等保级别"), choices=Protection)
    databases = forms.CharField(label=_("数据库类型"), max_length=500, required=False, help_text=_("几种用顿号或分号隔开。"))
    network = forms.ChoiceField(label=_("所在网络"), choices=Network)
    live_on = forms.DateField(label=_("上线日期"), required=False, widget=DayInput())
    state = forms.ChoiceField(label=_("状态"), choices=SystemState, initial=SystemState.RUNNING)
    contact = forms.CharField(label=_("联系人"), max_length=60, required=False)
    phone = forms.RegexField(
        label=_("联系电话"), regex=r"^[0-9+() -]{5,40}$", max_length=40, required=False, help_text=_("办公电话。"),
        error_messages={"invalid": _("联系电话只含数字、加号、括号和短横线，例如 0825-2220000。")},
    )

    def __init__(self, *args: object, places: "list[int]", held: InformationSystem | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(pk__in=places).order_by("lineage")  # type: ignore[attr-defined]  # of a choice of rows
        if held is not None:
            self.fields["code"].disabled = field.disabled = True

    @staticmethod
    def initial_of(system: InformationSystem) -> dict[str, object]:
        """What the register says, as it is typed."""
        names = ("code", "name", "operator", "protection", "network", "live_on", "state", "contact", "phone")
        return {name: getattr(system, name) for name in names} | {
            "organisation": system.organisation.uscc, "databases": "、".join(system.databases),
        }

    def draft(self) -> SystemDraft:
        """What was typed, for `catalog.systems`."""
        told = {name: value for name, value in self.cleaned_data.items() if name not in ("organisation", "databases", "live_on")}
        text = str(self.cleaned_data["databases"])
        for separator in ("；", ";", "，", ","):
            text = text.replace(separator, "、")
        live_on = self.cleaned_data["live_on"]
        return SystemDraft(
            **told, databases=tuple(one.strip() for one in text.split("、") if one.strip()),
            live_on=live_on if isinstance(live_on, date) else None,
        )


class HoldForm(forms.Form):
    """Entries that a system holds, by code."""

    codes = forms.CharField(
        label=_("信息资源代码"), max_length=2000, widget=forms.Textarea(attrs=_AREA), help_text=_("一行一个，最多 100 个。"),
    )

    def clean_codes(self) -> list[str]:
        """The codes, each once."""
        found = list(dict.fromkeys(self.cleaned_data["codes"].split()))
        if len(found) > 100:
            raise forms.ValidationError(_("一次最多 100 个代码。"))
        return found


class SourceForm(forms.Form):
    """Which department an item comes from, and why."""

    organisation = forms.ModelChoiceField(label=_("数源部门"), queryset=Organisation.objects.none(), to_field_name="uscc")
    reason = forms.CharField(
        label=_("理由"), max_length=400, widget=forms.Textarea(attrs=_AREA), validators=[refuse_personal_values],
        help_text=_("写明“三定”规定、法规条款或会议纪要的文号。"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.fields["organisation"].queryset = Organisation.objects.in_force(clock.today()).order_by("lineage")  # type: ignore[attr-defined]  # of a choice of rows
