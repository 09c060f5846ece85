"""Form of how one wants to be told; what is allowed is decided by notify.preferences."""

from datetime import time

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.ground.notify.models import Channel
from suixin.ground.notify.preferences import Wishes

_NONE = ("", _("不用"))
_CHANNELS = (_NONE, ("mail", _("电子邮件")), ("sms", _("短信")), ("wecom", _("政务微信")), ("dingtalk", _("钉钉")))


def _choice(label: object) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_CHANNELS, required=False, widget=forms.Select(attrs={"class": "control"}))  # type: ignore[arg-type]  # a lazy text


def _at(label: object, hint: object = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"class": "control", "type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, help_text=hint, required=False, widget=widget)  # type: ignore[arg-type]  # as above


def _name(label: object) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "control", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=64, required=False, widget=widget)  # type: ignore[arg-type]  # as above


class PreferenceForm(forms.Form):
    """Channels in order, digest, quiet hours, names on chat services."""

    wecom = _name(_("政务微信账号"))
    dingtalk = _name(_("钉钉账号"))
    is_own = forms.BooleanField(
        label=_("自己选渠道和顺序"), required=False,
        help_text=_("不勾选时，按每种消息的默认渠道。勾选而一个也不选，消息只在站内显示。"),
    )
    first, second = _choice(_("首选")), _choice(_("第二"))
    third, fourth = _choice(_("第三")), _choice(_("第四"))
    is_digest = forms.BooleanField(label=_("不紧急的消息每天汇总成一条"), required=False)
    digest_at = _at(_("汇总时间"), _("留空为 09:00。"))
    has_quiet = forms.BooleanField(
        label=_("免打扰"), required=False,
        help_text=_("不紧急的消息等到工作日、免打扰时段以外再发；紧急的随时发。"),
    )
    quiet_from, quiet_until = _at(_("免打扰开始"), _("两项都留空，按系统设置。")), _at(_("免打扰结束"))

    def wishes(self) -> Wishes:
        """What was typed."""
        typed = self.cleaned_data
        chosen = [name for name in (typed[place] for place in ("first", "second", "third", "fourth")) if name in Channel.values]

        def at(name: str) -> time | None:
            value = typed[name]
            return value if isinstance(value, time) else None

        return Wishes(
            channels=chosen if typed["is_own"] else None, is_digest=typed["is_digest"], digest_at=at("digest_at"),
            has_quiet=typed["has_quiet"], quiet_from=at("quiet_from"), quiet_until=at("quiet_until"),
            wecom=typed["wecom"], dingtalk=typed["dingtalk"],
        )
