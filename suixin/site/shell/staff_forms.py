"""Forms of the people pages: the shape of what was typed; what is allowed is decided by ground.people."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.ground.people.models import Organisation, OrganisationKind
from suixin.site.shell.days import DayInput
from suixin.site.shell.forms import refuse_personal_values
from suixin.site.shell.words import role_name, word


class PostForm(forms.Form):
    """A role in an organisation, for a time."""

    organisation = forms.ModelChoiceField(label=_("机构"), queryset=Organisation.objects.none(), empty_label=_("请选择"))
    role = forms.ChoiceField(label=_("角色"))
    begins = forms.DateField(label=_("任职日期"), required=False, widget=DayInput(),
                             help_text=_("不填为今天。"))  # fmt: skip
    ends = forms.DateField(label=_("离任日期"), required=False, widget=DayInput(),
                           help_text=_("从这一天起不再有这个角色；不填为长期。"))  # fmt: skip

    def __init__(self, *args: object, organisations: Sequence[int] = (), roles: Sequence[str] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        place, role = self.fields["organisation"], self.fields["role"]
        if isinstance(place, forms.ModelChoiceField):
            place.queryset = Organisation.objects.filter(pk__in=organisations).order_by("lineage")
        if isinstance(role, forms.ChoiceField):
            role.choices = [("", _("请选择")), *((one, role_name(one)) for one in roles)]


class NewAccountForm(PostForm):
    """A new member of staff with the first post."""

    display_name = forms.CharField(label=_("姓名"), max_length=60)
    username = forms.CharField(label=_("账号"), max_length=60, help_text=_("登录用，字母、数字和 . _ - @，以后不能改。"),
                               widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    mobile = forms.CharField(label=_("手机"), max_length=20, required=False)
    field_order = ("display_name", "username", "mobile", "organisation", "role")

    def __init__(self, *args: object, organisations: Sequence[int] = (), roles: Sequence[str] = (), **kwargs: object) -> None:
        super().__init__(*args, organisations=organisations, roles=roles, **kwargs)
        del self.fields["begins"], self.fields["ends"]


class AccountForm(forms.Form):
    """What an administrator corrects of a person."""

    display_name = forms.CharField(label=_("姓名"), max_length=60)
    mobile = forms.CharField(label=_("手机"), max_length=20, required=False)
    reason = forms.CharField(label=_("理由"), max_length=200, validators=[refuse_personal_values])


class StaffSheetForm(forms.Form):
    """A sheet of staff to judge."""

    file = forms.FileField(label=_("人员表"), allow_empty_file=True, help_text=_("XLSX、XLS 或 CSV，最多 5,000 行；列名与模板一致。"))


class OrganisationForm(forms.Form):
    """What an administrator may change of an organisation."""

    public_name = forms.CharField(label=_("页面名称"), max_length=60, required=False,
                                  help_text=_("区县、园区数据局在门户和工作台上显示的名称。"))  # fmt: skip
    is_bureau = forms.BooleanField(label=_("数据主管部门（管理本级政府范围内的目录、共享、开放）"), required=False)
    valid_to = forms.DateField(label=_("撤销日期"), required=False, widget=DayInput(),
                               help_text=_("从这一天起机构不再存在：岗位失效，应用停止，不能再安排岗位。不填为长期。"))  # fmt: skip
    reason = forms.CharField(label=_("理由"), max_length=200, validators=[refuse_personal_values],
                             help_text=_("写明依据，例如“三定方案”文号。"))  # fmt: skip


class PlaceForm(forms.Form):
    """The name of an organisation and what it stands under. `parents`: numbers of those that may be chosen."""

    name = forms.CharField(label=_("名称"), max_length=120)
    short_name = forms.CharField(label=_("简称"), max_length=60, required=False)
    parent = forms.ModelChoiceField(label=_("上级"), queryset=Organisation.objects.none(), empty_label=_("请选择"))
    reason = forms.CharField(label=_("理由"), max_length=200, validators=[refuse_personal_values],
                             help_text=_("写明依据，例如“三定方案”文号。"))  # fmt: skip

    def __init__(self, *args: object, parents: Sequence[int] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["parent"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Organisation.objects.filter(pk__in=parents).order_by("lineage")
            field.required = bool(parents)


class NewOrganisationForm(PlaceForm):
    """A new organisation."""

    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=18, help_text=_("18 位，以后不能改。"))
    kind = forms.ChoiceField(label=_("类型"), initial=OrganisationKind.DEPARTMENT)
    division_code = forms.CharField(label=_("行政区划代码"), max_length=12, required=False, help_text=_("6、9 或 12 位，据此定层级。"))
    is_bureau = forms.BooleanField(label=_("数据主管部门（管理本级政府范围内的目录、共享、开放）"), required=False)
    public_name = forms.CharField(label=_("页面名称"), max_length=60, required=False,
                                  help_text=_("区县、园区数据局在门户和工作台上显示的名称。"))  # fmt: skip
    field_order = ("uscc", "name", "short_name", "kind", "parent", "division_code", "is_bureau", "public_name", "reason")

    def __init__(self, *args: object, parents: Sequence[int] = (), **kwargs: object) -> None:
        super().__init__(*args, parents=parents, **kwargs)
        field = self.fields["kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(value, word(str(label))) for value, label in OrganisationKind.choices]
