"""Forms of the catalogue's pages: metadata of an entry, a change's day and reason, a sheet to bring."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog import formats
from suixin.data.catalog.extensions import ExtensionField, faults_of, profiles, shown, typed
from suixin.data.catalog.models import ChangeKind, OpenType, ShareType, UpdateCycle
from suixin.data.catalog.rules import CATEGORY_PATTERN
from suixin.ground.people.models import Organisation
from suixin.site.shell.days import DayInput
from suixin.site.shell.forms import refuse_personal_values

_AREA = {"rows": 2}
FORMATS = tuple((digit, _(name)) for digit, name in formats.categories().items())
METHODS = (("interface", _("服务接口")), ("database", _("库表交换")), ("file", _("文件下载")), ("medium", _("邮件、介质交换")))


class ExemptionForm(forms.Form):
    """Which items an entry may collect although another department provides them, by what right, until when."""

    fields_chosen = forms.MultipleChoiceField(
        label=_("信息项"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("一项都不选，就是整条目录。")
    )
    basis = forms.CharField(
        label=_("依据"), max_length=500, validators=[refuse_personal_values], help_text=_("法律条款或会议纪要的文号；会记入审计。")
    )
    until = forms.DateField(
        label=_("有效期至"), widget=DayInput(), help_text=_("三年之内；到期后仍需要的再登记。")
    )

    def __init__(self, data: QueryDict | None, *, items: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["fields_chosen"].choices = list(items)  # type: ignore[attr-defined]  # the field is a choice field


_PARTS = (
    (_("基本信息"), ("abstract", "keywords", "data_class", "update_cycle", "format_category", "format_type", "source_department")),
    (_("共享"), (
        "share_type", "share_method", "share_condition", "share_scope", "share_usage", "withhold_reason", "basis_document", "basis_number",
        "basis_article",
    )),
    (_("开放"), ("open_type", "open_condition")),
    (_("评估"), ("secrecy_assessment", "privacy_assessment")),
)


@dataclass(frozen=True, slots=True)
class Part:
    """Fields under one heading, perhaps folded."""

    title: object
    fields: list[forms.BoundField]
    is_folded: bool = False
    is_open: bool = False


class MetadataForm(forms.Form):
    """What an entry states of itself beside title and items; the law's demands are judged by the actions."""

    abstract = forms.CharField(label=_("信息资源摘要"), max_length=1000, required=False, widget=forms.Textarea(attrs=_AREA))
    keywords = forms.CharField(label=_("关键词"), max_length=500, required=False, help_text=_("几个词之间用顿号隔开。"))
    format_category = forms.ChoiceField(label=_("信息资源格式（大类）"), choices=FORMATS)
    format_type = forms.CharField(
        label=_("信息资源格式"), max_length=formats.MAX_TEXT, required=False,
        help_text=_("有几种就写几种，用分号隔开；其他大类的写成“大类/格式”，例如 xlsx；数据库/人大金仓。"),
    )
    data_class = forms.CharField(label=_("数据分类"), max_length=64, required=False)
    update_cycle = forms.ChoiceField(label=_("更新周期"), choices=UpdateCycle)
    share_type = forms.ChoiceField(label=_("共享类型"), choices=ShareType)
    share_method = forms.ChoiceField(label=_("共享方式"), choices=METHODS)
    share_condition = forms.CharField(label=_("共享条件"), max_length=500, required=False, help_text=_("有条件共享时填写。"))
    share_scope = forms.CharField(
        label=_("共享范围"), max_length=500, required=False, help_text=_("有条件共享时填写：可以提供给哪些部门。")
    )
    share_usage = forms.CharField(label=_("使用用途"), max_length=500, required=False, help_text=_("有条件共享时填写。"))
    withhold_reason = forms.CharField(label=_("不予共享的理由"), max_length=500, required=False)
    basis_document = forms.CharField(
        label=_("不予共享的依据"), max_length=500, required=False,
        help_text=_("法律、行政法规或国务院决定的名称；部门规章、三定规定不能作为依据。")
    )
    basis_number = forms.CharField(label=_("依据的文号"), max_length=64, required=False)
    basis_article = forms.CharField(label=_("依据的条款"), max_length=64, required=False)
    open_type = forms.ChoiceField(label=_("开放类型"), choices=OpenType)
    open_condition = forms.CharField(label=_("开放条件"), max_length=500, required=False)
    source_department = forms.ModelChoiceField(
        label=_("数源部门"), queryset=Organisation.objects.order_by("name"), to_field_name="uscc", required=False,
        empty_label=_("即提供单位"),
    )
    secrecy_assessment = forms.CharField(label=_("保密风险评估编号"), max_length=64, required=False)
    privacy_assessment = forms.CharField(
        label=_("个人信息保护影响评估编号"), max_length=64, required=False, help_text=_("不含个人信息的写“不涉及”。")
    )

    def __init__(self, *args: object, is_judged: bool = True, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.is_judged = is_judged
        for name, declared in _extension_fields():
            self.fields[name] = forms.CharField(label=declared.title, max_length=1000, required=False, help_text=_hint(declared))

    @classmethod
    def initial_of(cls, content: Mapping[str, Any]) -> dict[str, object]:
        """What a content (`catalog.canon`) says, as it is typed. Any: it is JSON."""
        found: dict[str, object] = {name: content[name] for name in cls.base_fields}
        found["keywords"] = "、".join(content["keywords"])
        for name, declared in _extension_fields():
            found[name] = shown(content["extension"].get(name.split("__")[1], {}).get(declared.key, ""))
        return found

    @property
    def parts(self) -> list["Part"]:
        """The fields under headings; each extension set folded until something stands in it."""
        found = [Part(title, [self[name] for name in names]) for title, names in _PARTS]
        for profile in profiles().values():
            fields = [self[f"extension__{profile.id}__{declared.key}"] for declared in profile.fields]
            is_open = any(field.value() for field in fields) or any(field.errors for field in fields)
            found.append(Part(_("%(title)s（选填）") % {"title": profile.title}, fields, is_folded=True, is_open=is_open))
        return found

    @property
    def is_sent(self) -> bool:
        """Whether the page that was sent had these fields at all."""
        return self.add_prefix("share_type") in self.data

    def full_clean(self) -> None:
        """Judge what was typed; a page without these fields has nothing to judge."""
        if self.is_bound and not self.is_judged:
            self._errors, self.cleaned_data = ErrorDict(), {}
            return
        if self.is_bound and not self.is_sent:
            self.is_bound = False
            super().full_clean()
            self.is_bound, self.cleaned_data = True, {}
            return
        super().full_clean()

    def clean(self) -> dict[str, object]:
        """What was typed, with the extension put together by profile and judged by its declaration."""
        cleaned: dict[str, object] = super().clean() or self.cleaned_data
        for sentence in formats.faults_of(str(cleaned.get("format_category", "2")), str(cleaned.get("format_type", ""))):
            self.add_error("format_type", sentence)
        for name, declared in _extension_fields():
            text = str(cleaned.get(name, ""))
            if text and (told := faults_of({name.split("__")[1]: {declared.key: typed(declared, text)}})):
                self.add_error(name, told[0])
        return cleaned

    def metadata(self) -> dict[str, object]:
        """The same for `catalog.actions`: credit codes for organisations, lists for words."""
        data = dict(self.cleaned_data)
        found: dict[str, object] = {name: data[name] for name in self.base_fields}
        found["keywords"] = [word.strip() for word in str(data["keywords"]).replace("，", "、").split("、") if word.strip()]
        place = data["source_department"]
        found["source_department"] = place.uscc if isinstance(place, Organisation) else ""
        extension: dict[str, dict[str, object]] = {}
        for name, declared in _extension_fields():
            if text := str(data.get(name, "")):
                extension.setdefault(name.split("__")[1], {})[declared.key] = typed(declared, text)
        found["extension"] = extension
        return found


def _extension_fields() -> Iterator[tuple[str, ExtensionField]]:
    for profile in profiles().values():
        for declared in profile.fields:
            yield f"extension__{profile.id}__{declared.key}", declared


def _hint(declared: ExtensionField) -> str:
    if declared.choices:
        return "、".join(declared.choices)
    return str(_("几个值之间用分号隔开。")) if declared.type == "list" else ""


class RegisterForm(forms.Form):
    """What a new entry begins with; the rest is filled in on its own page."""

    title = forms.CharField(label=_("信息资源名称"), max_length=200)
    provider = forms.ModelChoiceField(label=_("信息资源提供方"), queryset=Organisation.objects.none(), to_field_name="uscc")
    category = forms.RegexField(
        label=_("信息资源分类"), regex=CATEGORY_PATTERN, max_length=32, help_text=_("类 1 位、项 2 位、目 3 位，例如 307001。"),
        error_messages={"invalid": _("分类应为类 1 位、项 2 位、目 3 位和可选的细目，例如 307001。")},
    )
    further = forms.CharField(
        label=_("其他分类"), max_length=200, required=False, help_text=_("同一资源可挂多个分类，每个分类给一个代码；用顿号隔开。")
    )

    def __init__(self, *args: object, providers: Sequence[int] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["provider"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Organisation.objects.filter(pk__in=providers).order_by("name")
        self.fields["category"].widget.attrs["list"] = "categories"

    def clean_further(self) -> tuple[str, ...]:
        """The categories, each well-formed."""
        found = tuple(one.strip() for one in self.cleaned_data["further"].replace("，", "、").split("、") if one.strip())
        wrong = next((one for one in found if not CATEGORY_PATTERN.fullmatch(one)), None)
        if wrong:
            raise forms.ValidationError(_("分类“%(code)s”不合规则。"), params={"code": wrong})
        return found


class ChangeForm(forms.Form):
    """Why a published entry changes or ends, since when, and what supersedes it."""

    kind = forms.ChoiceField(label=_("办理"), choices=ChangeKind)
    reason = forms.CharField(label=_("变更原因"), max_length=500, validators=[refuse_personal_values], widget=forms.Textarea(attrs=_AREA))
    happened_on = forms.DateField(
        label=_("调整或变化之日"), widget=DayInput(),
        help_text=_("法律、法规、国务院决定调整或者职责变化之日；自这一天起 10 个工作日内报审。"),
    )
    successor = forms.CharField(
        label=_("由何目录取代"), max_length=64, required=False, help_text=_("撤销时填写取代它的目录的信息资源代码；没有就不填。")
    )
