"""Forms of exchanges: receivers' databases, what goes into which table, packages, subscriptions. Passwords are only ever typed in."""

from collections.abc import Sequence

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.data.access.models import Grant, SubjectKind
from suixin.data.access.plans import Plan
from suixin.data.doors.files.models import FileForm
from suixin.data.doors.files.ordering import MOST_DAYS, OrderDraft
from suixin.data.doors.models import Target
from suixin.data.doors.tables.declaring import ExchangeDraft
from suixin.ground.people.models import Application, Organisation
from suixin.ground.people.queries import within
from suixin.kit.actor import Actor

_LINE = {"autocomplete": "off", "class": "control"}
_PASSWORD = {"autocomplete": "new-password", "class": "control"}
_COLUMN = "column_"


class TargetForm(forms.Form):
    """A receiver's database that is new."""

    organisation = forms.ModelChoiceField(label=_("接收单位"), queryset=Organisation.objects.none(), empty_label=_("请选择"))
    name = forms.CharField(
        label=_("名称"), max_length=120, widget=forms.TextInput(attrs=_LINE), help_text=_("写明是哪个库，例如“民政局前置库”。")
    )
    slug = forms.CharField(
        label=_("英文标识"), max_length=60, widget=forms.TextInput(attrs=_LINE),
        help_text=_("小写字母开头，用于地址，登记后不能改，例如 civil-front。"),
    )
    address = forms.CharField(
        label=_("地址"), max_length=500, widget=forms.TextInput(attrs=_LINE),
        help_text=_("例如 postgresql://账号@主机:5432/库名，或 mariadb://账号@主机:3306/库名；不要写密码。"),
    )
    schema = forms.CharField(
        label=_("模式"), required=False, max_length=63, widget=forms.TextInput(attrs=_LINE),
        help_text=_("PostgreSQL 的 schema；留空用账号的默认。"),
    )
    password = forms.CharField(
        label=_("密码"), required=False, max_length=500, widget=forms.PasswordInput(attrs=_PASSWORD),
        help_text=_("加密保存，登记后谁也看不到。账号须能建表。"),
    )

    def __init__(self, data: QueryDict | None, *, actor: Actor) -> None:
        super().__init__(data)
        place = self.fields["organisation"]
        assert isinstance(place, forms.ModelChoiceField)  # noqa: S101 for the type checker
        place.queryset = Organisation.objects.filter(within(actor, "sharing.exchange")).order_by("name")


class PasswordForm(forms.Form):
    """The new password of a receiver's database, and why."""

    password = forms.CharField(label=_("新密码"), max_length=500, widget=forms.PasswordInput(attrs=_PASSWORD))
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.TextInput(attrs=_LINE))


class GrantedForm(forms.Form):
    """Whose application receives what a grant shows: the grant's own, or one of the department's."""

    application = forms.ModelChoiceField(label=_("接收的应用"), queryset=Application.objects.none(), empty_label=_("请选择"))

    def __init__(self, data: QueryDict | None, *, grant: Grant, actor: Actor) -> None:
        super().__init__(data)
        field = self.fields["application"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = applications_of(grant, actor)
        first = field.queryset.first()
        if first is not None and field.queryset.count() == 1:
            field.initial = first.pk


class TableForm(GrantedForm):
    """Into which table of which database; how each granted column is called there, how much and when."""

    target = forms.ModelChoiceField(label=_("接收库"), queryset=Target.objects.none(), empty_label=_("请选择"))
    table = forms.CharField(
        label=_("接收表"), max_length=55, widget=forms.TextInput(attrs=_LINE), help_text=_("表不在时由平台建；已有的表要有下面的列。")
    )
    amount = forms.ChoiceField(
        label=_("每次写入"), choices=[("changes", _("增量：第一次全部写入，以后只写变化")), ("whole", _("全量：每次全部重写"))],
        widget=forms.RadioSelect,
    )
    schedule = forms.CharField(
        label=_("运行时间"), required=False, max_length=80, widget=forms.TextInput(attrs=_LINE),
        help_text=_("五段：分 时 日 月 星期，例如每天 1:30 写 30 1 * * *；留空只手动运行。"),
    )

    def __init__(self, data: QueryDict | None, *, grant: Grant, plan: Plan, actor: Actor) -> None:
        super().__init__(data, grant=grant, actor=actor)
        self.plan, self.fields["amount"].initial, self.fields["table"].initial = plan, "changes", plan.table[:55]
        field = self.fields["target"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        holders = applications_of(grant, actor).values_list("organisation", flat=True)
        field.queryset = Target.objects.filter(organisation__in=list(holders), is_active=True)
        for number, column in enumerate(plan.columns):
            hint = gettext("%(field)s，主键") if column.item.is_key else "%(field)s"
            self.fields[f"{_COLUMN}{number}"] = forms.CharField(
                label=column.name, required=False, max_length=55, initial=column.field, widget=forms.TextInput(attrs=_LINE),
                help_text=hint % {"field": column.field},
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """One for each granted column."""
        return [self[name] for name in self.fields if name.startswith(_COLUMN)]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """The rest."""
        return [self[name] for name in self.fields if not name.startswith(_COLUMN)]

    def draft(self) -> ExchangeDraft:
        """What the form says."""
        typed = self.cleaned_data
        named = [(column.field, typed[f"{_COLUMN}{number}"].strip()) for number, column in enumerate(self.plan.columns)]
        return ExchangeDraft(
            typed["table"].strip(), {field: name for field, name in named if name}, typed["schedule"], is_whole=typed["amount"] == "whole"
        )

    def clean(self) -> dict[str, object]:
        """At least one column goes."""
        typed = super().clean() or {}
        if not any(str(typed.get(f"{_COLUMN}{number}", "")).strip() for number in range(len(self.plan.columns))):
            self.add_error(None, _("请至少给一列写上接收列名；不写的列不送。"))
        return typed


class SubscribeForm(GrantedForm):
    """Where changes of what a grant shows are told."""

    url = forms.CharField(
        label=_("接收地址"), max_length=500, widget=forms.TextInput(attrs={**_LINE, "inputmode": "url"}),
        help_text=_("以 https:// 或 http:// 开头，不带账号、密码；平台向它 POST 带签名的 JSON。"),
    )


class KeyForm(forms.Form):
    """The public key of whoever receives packages; private keys stay where they are."""

    key = forms.CharField(
        label=_("接收公钥"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 5, "class": "control", "spellcheck": "false"}),
        help_text=_("SM2 公钥，PEM 或 130 位十六进制。数据包只有它的私钥能打开；私钥不要给任何人。"),
    )


class PackageForm(GrantedForm):
    """Versions of what a grant shows as packages; a key where the application has none yet, or a new one."""

    key = forms.CharField(
        label=_("接收公钥"), required=False, max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "control", "spellcheck": "false"}),
        help_text=_("SM2 公钥，PEM 或 130 位十六进制；应用已登记过的可以留空。私钥不要给任何人。"),
    )
    form = forms.ChoiceField(label=_("文件格式"), choices=FileForm.choices, initial=FileForm.CSV, widget=forms.RadioSelect)
    purpose = forms.CharField(
        label=_("用途"), required=False, max_length=200, widget=forms.TextInput(attrs=_LINE),
        help_text=_("按用途脱敏的授权，写授权里的用途；留空按最严的脱敏。"),
    )
    is_automatic = forms.BooleanField(label=_("每个新版本都生成数据包"), required=False, initial=True)
    days = forms.IntegerField(
        label=_("保留天数"), min_value=1, max_value=MOST_DAYS, initial=15, widget=forms.NumberInput(attrs=_LINE),
        help_text=_("到期未签收的数据包会被删除。"),
    )

    def draft(self) -> OrderDraft:
        """What the form says."""
        typed = self.cleaned_data
        return OrderDraft(FileForm(typed["form"]), typed["purpose"].strip(), typed["is_automatic"], typed["days"])


class ReplayForm(forms.Form):
    """From which version changes are told again, and why."""

    version = forms.IntegerField(
        label=_("从第几版之后重放"), min_value=0, widget=forms.NumberInput(attrs=_LINE), help_text=_("写 0 为全部重送。")
    )
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.TextInput(attrs=_LINE))


def applications_of(grant: Grant, actor: Actor) -> QuerySet[Application]:
    """Applications that read by the grant and that the actor may set exchanges up for."""
    found = Application.objects.filter(within(actor, "sharing.exchange", "organisation"), is_active=True).select_related("organisation")
    by: dict[str, str] = {SubjectKind.APPLICATION: "app_id", SubjectKind.ORGANISATION: "organisation__uscc"}
    field = by.get(grant.subject_kind)
    return found.filter(**{field: grant.subject_key}).order_by("name") if field else found.none()


def first_error(form: forms.Form) -> str:
    """The first sentence that a form has to say."""
    listed: Sequence[str] = [str(one) for errors in form.errors.values() for one in errors]
    return listed[0] if listed else ""
