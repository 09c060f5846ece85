"""Forms of one's own account: codes, passwords, names of passkeys, tokens."""

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.ground.people.credentials import TokenScope

DAYS = ((30, _("30 天")), (90, _("90 天")), (180, _("半年")), (365, _("一年")))


class CodeForm(forms.Form):
    """Six digits of an authenticator."""

    code = forms.CharField(
        label=_("6 位验证码"), max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "control"}),
    )


class RecoveryForm(forms.Form):
    """One recovery code."""

    recovery = forms.CharField(
        label=_("恢复码"), max_length=40, help_text=_("登记二次验证时给出的十个恢复码之一，每个只能用一次。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "class": "control"}),
    )


class PasswordForm(forms.Form):
    """The password in use, to show that its owner sits here."""

    password = forms.CharField(
        label=_("现在的密码"), max_length=500, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "control"}),
    )


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    new = forms.CharField(
        label=_("新密码"), max_length=500, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "control"}),
    )
    again = forms.CharField(
        label=_("再输一遍新密码"), max_length=500, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "control"}),
    )

    def clean_again(self) -> str:
        """The second one, when it is the first one again."""
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError(_("两次输入的新密码不一样，请重新输入。"))
        return again


class ChangePasswordForm(NewPasswordForm):
    """The password in use, then a new one twice."""

    password = PasswordForm.base_fields["password"]
    field_order = ("password", "new", "again")


class PasskeyForm(forms.Form):
    """What the browser answered, and the name under which the passkey is kept."""

    name = forms.CharField(label=_("给它起个名称"), max_length=60, help_text=_("例如“办公电脑”“蓝色安全钥匙”，便于以后辨认。"),
                           widget=forms.TextInput(attrs={"autocomplete": "off", "class": "control"}))


class TokenForm(forms.Form):
    """Name, scope and life of a new token."""

    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("写明用在哪里，例如“统计科取数脚本”。"),
                           widget=forms.TextInput(attrs={"autocomplete": "off", "class": "control"}))
    scope = forms.ChoiceField(label=_("权限"), choices=[(scope.value, _(scope.label)) for scope in TokenScope])
    days = forms.TypedChoiceField(label=_("有效期"), choices=DAYS, coerce=int, initial=90)
