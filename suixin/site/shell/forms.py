"""Forms of the console: they check the shape of what was typed; what is allowed is decided by the actions."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.contract import Contract, ItemSpec, Level
from suixin.data.catalog.drafts import NOT_ASSESSED, Assessed
from suixin.data.catalog.models import Resource
from suixin.data.collection.holding import MOST_DELETED
from suixin.ground.people import lockout
from suixin.ground.people.errors import TooManyFailures
from suixin.ground.people.models import Application, Organisation
from suixin.ground.security.texts import kinds_in
from suixin.ground.standards import queries as standards
from suixin.kit import clock
from suixin.site.shell import words
from suixin.site.shell.days import DayInput

TEXT_KINDS = {
    "resident_id": _("身份证号"), "mobile": _("手机号"), "bank_card": _("银行卡号"), "plate": _("车牌号"), "address": _("住址"),
}


class LoginForm(AuthenticationForm):
    """Account and password, with the words of this site."""

    error_messages = {
        "invalid_login": _("账号或密码不对，请检查大小写后重试；忘记密码请联系数据局管理员。"),
        "inactive": _("这个账号已停用，请联系数据局管理员。"),
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as the login view gives them
        self.fields["username"].label = _("账号")
        self.fields["password"].label = _("密码")

    def clean(self) -> dict[str, object]:
        """What was typed, when it is an account's; who failed too often is told so before any password is looked at."""
        if self.request is not None:
            try:
                lockout.require_may_try(self.request, str(self.cleaned_data.get("username", "")))
            except TooManyFailures as error:
                raise forms.ValidationError(error.sentence, code="locked") from error
        cleaned: dict[str, object] = super().clean()
        return cleaned


class UploadForm(forms.Form):
    """A file, perhaps the resource it is for, and the assessments of an entry that is published with it."""

    file = forms.FileField(
        label=_("文件"), allow_empty_file=True,
        help_text=_("CSV、TXT、XLS、XLSX、JSON、GeoJSON、Parquet、SQLite，及其 zip、gz、zst 压缩包。"),
    )
    resource = forms.ModelChoiceField(
        label=_("归入的资源"), queryset=Resource.objects.none(), required=False, empty_label=_("自动识别（认不出时生成目录建议）"),
        help_text=_("一般不用选：按列名找到对应的资源。"),
    )
    is_whole = forms.BooleanField(
        label=_("整表更新：文件里是这个资源的全部数据"), required=False,
        help_text=_("先选归入的资源，它要有主键。与现有数据按主键比对，只记变动；文件里没有的行会删除。"),
    )
    most_deleted = forms.IntegerField(
        label=_("最多删除（%）"), min_value=0, max_value=99, initial=MOST_DELETED, required=False,
        help_text=_("整表更新要删除的行超过这个比例就不入库。核对后确要删除，改大再传。"),
    )
    own_set = forms.ChoiceField(
        label=_("来源代码集"), required=False,
        help_text=_("文件用本单位代码时选它，先选归入的资源；入库时按已发布的对照换成标准代码。"),
    )
    accept = forms.BooleanField(
        label=_("新文件直接采用建议的目录并入库"), required=False, help_text=_("不勾选时，建议的目录在待办里等人确认。"),
    )
    secrecy_assessment = forms.CharField(
        label=_("保密风险评估编号"), max_length=64, required=False, help_text=_("直接采用建议的目录时填写，其他情况不用填。")
    )
    privacy_assessment = forms.CharField(
        label=_("个人信息保护影响评估编号"), max_length=64, required=False, help_text=_("同上；不含个人信息的写“不涉及”。")
    )

    def __init__(self, *args: object, resources: Sequence[int] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["resource"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Resource.objects.filter(pk__in=resources).order_by("title")
        sets = [(one.code, f"{one.name}（{one.code}）") for one in standards.mapped_sets()]
        own = self.fields["own_set"]
        if isinstance(own, forms.ChoiceField):
            own.choices = [("", _("按目录所定")), *sets]
        if not sets:
            del self.fields["own_set"]

    def clean(self) -> dict[str, object]:
        """What was typed; who publishes at once states both assessments."""
        cleaned: dict[str, object] = super().clean() or self.cleaned_data
        for name in ("secrecy_assessment", "privacy_assessment") if cleaned.get("accept") else ():
            if not cleaned.get(name):
                self.add_error(name, _("直接采用建议的目录，须先完成评估并填写编号。"))
        target = cleaned.get("resource")
        if cleaned.get("is_whole") and not (isinstance(target, Resource) and target.contract.key):
            self.add_error("resource", _("整表更新按主键比对：请选择归入的资源，它要有主键。"))
        if cleaned.get("own_set") and not self.own_codes:
            self.add_error("own_set", _("请选择归入的资源；它要有信息项的代码集与这个来源代码集有已发布的对照。"))
        return cleaned

    @property
    def own_codes(self) -> dict[str, str]:
        """The chosen set, for each item of the resource to whose set it is mapped."""
        own, target = str(self.cleaned_data.get("own_set") or ""), self.cleaned_data.get("resource")
        if not own or not isinstance(target, Resource):
            return {}
        coded = [item for item in target.contract.items if item.code_set]
        return {item.field: own for item in coded if standards.translation(own, item.code_set) is not None}

    @property
    def most_percent(self) -> int | None:
        """How much a whole state may delete; None of a file that brings rows."""
        told = self.cleaned_data
        most = MOST_DELETED if told["most_deleted"] is None else int(told["most_deleted"])
        return most if told["is_whole"] else None

    @property
    def assessed(self) -> Assessed:
        """The numbers under which a new entry is published at once; none when it is not to be."""
        told = self.cleaned_data
        return Assessed(told["secrecy_assessment"], told["privacy_assessment"]) if told["accept"] else NOT_ASSESSED


def refuse_personal_values(text: str) -> None:
    """Nothing when the text names no person's number. Raises ValidationError: reasons and purposes are kept for years."""
    found = kinds_in(text) - {"email"}
    if found:
        told = "、".join(str(TEXT_KINDS[kind]) for kind in sorted(found))
        raise forms.ValidationError(_("这里写有像%(kinds)s的内容，会长期留存并给别人看到；请删去后再提交。"), params={"kinds": told})


class ReasonForm(forms.Form):
    """Why something is done to a grant, a dataset or a work order; the audit keeps it."""

    reason = forms.CharField(
        label=_("理由"), max_length=200, validators=[refuse_personal_values],
        help_text=_("写明依据或原因；会记入审计，长期留存。"),
    )


class CorrectionForm(forms.Form):
    """A corrected sheet, and why some of its rows are given up."""

    file = forms.FileField(label=_("改好的更正表"), allow_empty_file=True)
    reason = forms.CharField(label=_("不再提供的理由"), max_length=200, required=False, validators=[refuse_personal_values])


class GradingForm(forms.Form):
    """The level of a table as a whole, and what it rests on."""

    level = forms.ChoiceField(label=_("整体定级"), choices=[(str(int(level)), level.title) for level in Level])
    basis = forms.CharField(label=_("依据"), max_length=500, help_text=_("评估报告、会议纪要或文件的编号。"))


class ShareForm(forms.Form):
    """Terms of one share: who, which items, masked how, for what, until when."""

    organisation = forms.ModelChoiceField(
        label=_("需求部门"), queryset=Organisation.objects.order_by("name"), empty_label=_("请选择")
    )
    application = forms.ModelChoiceField(
        label=_("调用应用"), queryset=Application.objects.filter(is_active=True).order_by("name"), required=False,
        empty_label=_("不限应用（按部门授权）"), help_text=_("选了应用，只有该应用能通过网关查询。"),
    )
    columns = forms.MultipleChoiceField(label=_("信息项"), widget=forms.CheckboxSelectMultiple)
    row_filter = forms.CharField(
        label=_("行条件"), required=False, max_length=500,
        help_text=_("例如：状态 = '有效'。不填为全部行。可写 读者部门、读者区划，例如：区划 IN 读者区划，各部门只看到本区划及下级的行。"),
    )
    per_second = forms.IntegerField(label=_("每秒次数"), required=False, min_value=1, max_value=100_000, help_text=_("不填为不限。"))
    per_day = forms.IntegerField(
        label=_("每日次数"), required=False, min_value=1, max_value=1_000_000_000, help_text=_("不填为不限；北京时间零时重新计数。")
    )
    purposes = forms.CharField(
        label=_("按用途脱敏"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行一个用途，例如：疫情防控: 电话=不脱敏, 姓名=name。调用方不写用途时，各列按最严格的脱敏提供。"),
    )
    purpose = forms.CharField(
        label=_("使用场景"), max_length=500, validators=[refuse_personal_values], widget=forms.Textarea(attrs={"rows": 2})
    )
    basis = forms.CharField(
        label=_("使用依据"), max_length=500, validators=[refuse_personal_values], help_text=_("法律法规或文件的名称、文号、条款。")
    )
    until = forms.DateField(label=_("使用期限到"), widget=DayInput())
    is_receipted = forms.BooleanField(
        label=_("每次交换留回执"), required=False, help_text=_("每次读取、下载、交换、推送都留下签名的回执，双方可以离线核对。"),
    )
    is_whole = forms.BooleanField(label=_("授权整个数据集"), required=False)

    def __init__(self, *args: object, contract: Contract, dataset: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        asked, chosen = self.data.get("organisation", ""), self.fields["application"]
        if str(asked).isdecimal() and isinstance(chosen, forms.ModelChoiceField) and chosen.queryset is not None:
            chosen.queryset = chosen.queryset.filter(organisation=int(str(asked)[:18]))
        whole = self.fields["is_whole"]
        whole.help_text = _("“%(dataset)s”的每一张表，以后新增的也在内；各表可共享的信息项都给，不看上面的勾选。") % {"dataset": dataset}
        if not dataset:
            del self.fields["is_whole"]
        field = self.fields["columns"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(item.field, _item_label(item)) for item in contract.items]
            field.required = not (dataset and self.data.get("is_whole"))

    def clean_purposes(self) -> dict[str, dict[str, str]]:
        """Masks by column, by purpose."""
        found: dict[str, dict[str, str]] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["purposes"].splitlines())):
            purpose, _colon, rest = line.replace("：", ":").replace("，", ",").partition(":")
            pairs = [one.partition("=") for one in rest.split(",") if one.strip()]
            if not _colon or not all(equals for _column, equals, _mask in pairs):
                raise forms.ValidationError(_("“%(line)s”写法不对；请写成：用途: 列=脱敏, 列=脱敏。"), params={"line": line[:60]})
            whole = {"不脱敏", "none", ""}
            found[purpose.strip()] = {name.strip(): "" if mask.strip() in whole else mask.strip() for name, _equals, mask in pairs}
        return found

    def clean_until(self) -> datetime:
        """The end of that day in China."""
        day = self.cleaned_data["until"]
        return datetime.combine(day, time(23, 59, 59), tzinfo=clock.CHINA)


class ProposalForm(forms.Form):
    """Title of a proposed entry, and when the entry that the form shows was last changed."""

    title = forms.CharField(label=_("信息资源名称"), max_length=200)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_seen(self) -> datetime:
        """The moment of that change; long ago when the form does not say, so that it counts as outdated."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return datetime.min.replace(tzinfo=UTC)


def _item_label(item: ItemSpec) -> str:
    mask = f" · {words.mask(item.mask)}" if item.mask else ""
    return f"{item.name} ({item.field}) · {item.level.title}{mask}"
