"""Forms of applications and their keys, and of the installation's keys."""

from datetime import datetime, time

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.ground.people.applications import NewKey
from suixin.ground.people.models import ApplicationKey, KeyKind, Organisation
from suixin.ground.people.queries import within
from suixin.ground.people.rules import OVERLAP_DAYS
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.signing_styles import TITLES
from suixin.site.shell.days import DayInput

_LINE = {"autocomplete": "off", "class": "control"}


class ApplicationForm(forms.Form):
    """Whose program it is and what it is called."""

    organisation = forms.ModelChoiceField(label=_("所属部门"), queryset=Organisation.objects.none(), empty_label=_("请选择"))
    name = forms.CharField(
        label=_("应用名称"), max_length=120, help_text=_("写明是哪个系统，例如“社会救助核验系统”。"), widget=forms.TextInput(attrs=_LINE)
    )

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as the page gives them
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = Organisation.objects.filter(within(actor, "people.create_application")).order_by("name")


class KeyForm(forms.Form):
    """A new key: its kind, the public key of SM2, until when, and why."""

    kind = forms.ChoiceField(
        label=_("签名算法"), choices=[(kind.value, _(kind.label)) for kind in KeyKind],
        help_text=_("SM2 更安全：私钥只在贵部门，平台只存公钥，谁也不能冒签。"),
    )
    public = forms.CharField(
        label=_("SM2 公钥"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "control", "spellcheck": "false"}),
        help_text=_("选 SM2 时填写：PEM 文本或十六进制。只上传公钥，私钥不要离开贵部门。"),
    )
    until = forms.DateField(
        label=_("有效到"), required=False, widget=DayInput({"class": "control"}),
        help_text=_("当日有效；留空为长期。建议不超过一年。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.TextInput(attrs=_LINE))

    def clean(self) -> dict[str, object]:
        """Public key and kind go together."""
        typed = super().clean() or {}
        if typed.get("kind") == KeyKind.SM2 and not str(typed.get("public", "")).strip():
            self.add_error("public", _("选了 SM2，请填写公钥。"))
        return typed

    def new_key(self) -> NewKey:
        """What the form asks for."""
        typed = self.cleaned_data
        until = typed.get("until")
        expires = datetime.combine(until, time.max, clock.CHINA) if until else None
        kind = KeyKind(typed["kind"])
        return NewKey(kind, typed["public"] if kind is KeyKind.SM2 else "", expires_at=expires)


class ReachForm(forms.Form):
    """From where the application may call, how else it may sign, and why."""

    networks = forms.CharField(
        label=_("来源地址"), required=False, max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "control", "spellcheck": "false"}),
        help_text=_("每行一个地址或网段，例如 10.1.2.3 或 10.1.0.0/16；留空为不限。经本站反向代理的调用按真实来源判断。"),
    )
    styles = forms.MultipleChoiceField(
        label=_("其他签名方式"), required=False, choices=[(style.value, _(title)) for style, title in TITLES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("供已按其他平台规范开发的系统使用；这些方式不对报文签名，能用本平台签名时不要开启。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.TextInput(attrs=_LINE))


class RotateForm(KeyForm):
    """A new key in place of one that stays valid for some days."""

    overlap_days = forms.IntegerField(
        label=_("旧密钥保留天数"), min_value=0, max_value=90, initial=OVERLAP_DAYS, widget=forms.NumberInput(attrs={"class": "control"}),
        help_text=_("这些天里新旧密钥都能签名，便于切换；0 为立即停用旧密钥。"),
    )
    key = forms.ModelChoiceField(label=_("轮换哪一把"), queryset=ApplicationKey.objects.none(), to_field_name="key_id", empty_label=None)
    field_order = ("key", "kind", "public", "overlap_days", "until", "reason")


class KeyRotationForm(forms.Form):
    """Which purpose of the installation's keys gets a new version, and why."""

    purpose = forms.ChoiceField(label=_("用途"))
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.TextInput(attrs=_LINE))

    def __init__(self, *args: object, purposes: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as the page gives them
        field = self.fields["purpose"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 for the type checker
        field.choices = [(one, one) for one in purposes]
