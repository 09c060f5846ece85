"""The form of a department's own interface: how it is called, with what, and what it answers."""

import json

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.models import Resource
from suixin.data.collection.models import Source
from suixin.data.collection.sources.base import Kind
from suixin.data.doors.proxies.actions import MOST_PER_SECOND, MOST_SECONDS, ProxyDraft
from suixin.data.doors.proxies.models import Method
from suixin.ground.people.queries import within
from suixin.kit.actor import Actor

_LINE = {"autocomplete": "off", "class": "control"}
_AREA = {"rows": 3, "class": "control", "spellcheck": "false", "autocomplete": "off"}


class ProxyForm(forms.Form):
    """One interface for one entry; parameters and members are written a line each, `信息项=对方的名称`."""

    source = forms.ModelChoiceField(label=_("来源系统"), queryset=Source.objects.none(), empty_label=_("请选择"))
    method = forms.ChoiceField(label=_("方法"), choices=Method.choices, widget=forms.Select(attrs={"class": "control"}))
    path = forms.CharField(
        label=_("路径"), max_length=300, widget=forms.TextInput(attrs=_LINE), help_text=_("来源地址之后的部分，例如 persons/query。")
    )
    parameters = forms.CharField(
        label=_("参数"), max_length=2000, widget=forms.Textarea(attrs=_AREA),
        help_text=_("每行一个：信息项字段名=对方的参数名，例如 code=id。POST 的参数名里写点，就放进下一层。"),
    )
    fixed = forms.CharField(
        label=_("固定成员"), required=False, max_length=4000, widget=forms.Textarea(attrs=_AREA),
        help_text=_("只用于 POST：请求体里每次不变的部分，写一个 JSON 对象，例如 {\"type\": \"person\"}。"),
    )
    rows = forms.CharField(
        label=_("记录所在位置"), required=False, max_length=200, widget=forms.TextInput(attrs=_LINE),
        help_text=_("答复里记录在哪个成员下，用点分层，例如 data.list；留空为整个答复。"),
    )
    members = forms.CharField(
        label=_("成员"), required=False, max_length=4000, widget=forms.Textarea(attrs=_AREA),
        help_text=_("每行一个：信息项字段名=答复里的成员名；同名的不用写。"),
    )
    sample = forms.CharField(
        label=_("试调用的参数"), max_length=2000, widget=forms.Textarea(attrs=_AREA),
        help_text=_("每行一个：信息项字段名=值。请用不涉及真人的值。"),
    )
    seconds = forms.IntegerField(
        label=_("时限（秒）"), min_value=1, max_value=MOST_SECONDS, initial=10, widget=forms.NumberInput(attrs=_LINE)
    )
    per_second = forms.IntegerField(
        label=_("每秒次数"), min_value=1, max_value=MOST_PER_SECOND, initial=20, widget=forms.NumberInput(attrs=_LINE),
        help_text=_("每秒最多转发这么多次，各服务进程和节点合计。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=200, widget=forms.TextInput(attrs=_LINE))

    def __init__(self, data: QueryDict | None, *, resource: Resource, actor: Actor) -> None:
        super().__init__(data)
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = Source.objects.filter(
            within(actor, "collection.declare_source", "organisation"), kind=Kind.HTTP, organisation=resource.provider
        )
        listed = "、".join(f"{item.field}（{item.name}）" for item in resource.contract.items)
        field.help_text = gettext("信息项：%(items)s") % {"items": listed[:500]}

    def clean_parameters(self) -> dict[str, str]:
        """Theirs by our items."""
        return _pairs(self.cleaned_data["parameters"])

    def clean_members(self) -> dict[str, str]:
        """Theirs by our items."""
        return _pairs(self.cleaned_data["members"])

    def clean_sample(self) -> dict[str, str]:
        """Values by our items."""
        return _pairs(self.cleaned_data["sample"])

    def clean_fixed(self) -> dict[str, object]:
        """An object of JSON."""
        text = self.cleaned_data["fixed"].strip()
        try:
            told = json.loads(text) if text else {}
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("不是 JSON；请写一个对象，例如 {\"type\": \"person\"}。")) from error
        if not isinstance(told, dict):
            raise forms.ValidationError(_("固定成员要写成一个 JSON 对象，用花括号括起来。"))
        return told

    def draft(self) -> ProxyDraft:
        """What the form says."""
        typed = self.cleaned_data
        return ProxyDraft(
            typed["path"], typed["parameters"], typed["members"], typed["rows"], typed["sample"], typed["seconds"], typed["per_second"],
            typed["method"], typed["fixed"],
        )


def _pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = line.replace("＝", "=").partition("=")
        if not equals or not name.strip() or not value.strip() or name.strip() in found:
            raise forms.ValidationError(_("“%(line)s”写法不对或写重了；每行写成：信息项字段名=值。"), params={"line": line[:60]})
        found[name.strip()] = value.strip()
    return found
