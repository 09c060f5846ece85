"""Forms of sharing: the basket, what a part states, terms of the provider, use, disposal, suspension, dispute."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from suixin.data.access.models import Door
from suixin.data.catalog.contract import Contract
from suixin.data.sharing import queries
from suixin.data.sharing.drafting import DOORS, Said
from suixin.data.sharing.models import DisposalMethod, Part
from suixin.data.sharing.recording import Used
from suixin.data.sharing.rules import WITHHELD, Statement
from suixin.ground.people.models import Application, Organisation
from suixin.kit import clock
from suixin.site.shell.days import DayInput
from suixin.site.shell.forms import refuse_personal_values
from suixin.site.shell.words import MASKS, word

_AREA = {"rows": 2}
_LONG = {"rows": 3}


def _text(label: object, most: int, *, hint: object = "", required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=required, widget=forms.Textarea(attrs=_AREA), validators=[refuse_personal_values],  # type: ignore[arg-type]  # lazy words
        help_text=hint,  # type: ignore[arg-type]  # the same
    )


class BasketForm(forms.Form):
    """What the request is called, and which application will call."""

    title = forms.CharField(label=_("申请名称"), max_length=200, validators=[refuse_personal_values],
        help_text=_("用在哪项工作，例如“低保资格核对”。"))
    application = forms.ModelChoiceField(
        label=_("调用应用"), queryset=Application.objects.none(), to_field_name="app_id", required=False,
        empty_label=_("（不限定，本部门都可用）"), help_text=_("经网关或接口自动调用的，选本部门的应用。"),
    )

    def __init__(self, *args: object, organisation: Organisation, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.fields["application"].queryset = Application.objects.filter(organisation=organisation, is_active=True)  # type: ignore[attr-defined]  # of a choice of rows


class FileForm(forms.Form):
    """One attachment."""

    file = forms.FileField(label=_("附件"), help_text=_("授权书、法规文本、会议纪要等。"))


class StatementForm(forms.Form):
    """What a part states (国务院令第809号 art. 20)."""

    columns = forms.MultipleChoiceField(label=_("信息项"), widget=forms.CheckboxSelectMultiple(), help_text=_("只选用得着的。"))
    law = forms.CharField(label=_("使用依据"), max_length=200, required=False, help_text=_("法律法规、“三定”规定或文件的名称。"))
    document = forms.CharField(label=_("文号"), max_length=100, required=False)
    article = forms.CharField(label=_("条款"), max_length=200, required=False)
    scenario = _text(_("使用场景"), 500, required=False, hint=_("用在哪项工作、谁用、怎样用。"))
    row_filter = _text(_("使用范围（行条件）"), 2000, required=False,
        hint=_("例如 状态 = '在营' AND 设立日期 >= '2024-01-01'；不填为全部行。"))
    divisions = forms.CharField(
        label=_("使用范围（区划）"), max_length=400, required=False,
        help_text=_("行政区划代码，几个用顿号或空格隔开，例如 510903；不填为不限。"),
    )
    doors = forms.MultipleChoiceField(label=_("共享方式"), widget=forms.CheckboxSelectMultiple(), required=False)
    until = forms.DateField(label=_("使用时限"), required=False, widget=DayInput(), help_text=_("用到哪一天，含当天。"))
    per_second = forms.IntegerField(label=_("每秒次数"), required=False, min_value=1, max_value=10_000)
    per_day = forms.IntegerField(label=_("每日次数"), required=False, min_value=1, max_value=100_000_000)

    def __init__(self, *args: object, contract: Contract, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        items = [one for one in contract.items if one.share_type != WITHHELD and not one.is_secret]
        self.fields["columns"].choices = [(one.field, f"{one.name}（{one.level.title}）") for one in items]  # type: ignore[attr-defined]  # of a choice
        self.fields["doors"].choices = [(one.value, word(str(Door(one).label))) for one in DOORS]  # type: ignore[attr-defined]  # of a choice

    @staticmethod
    def initial_of(part: Part) -> dict[str, object]:
        """What the part says, as it is typed."""
        names = ("columns", "law", "document", "article", "scenario", "row_filter", "doors", "until", "per_second", "per_day")
        return {name: getattr(part, name) for name in names} | {"divisions": "、".join(part.divisions)}

    def said(self) -> Said:
        """What was typed, for `sharing.drafting`."""
        told = dict(self.cleaned_data)
        text = str(told.pop("divisions"))
        for mark in "、，,；;":
            text = text.replace(mark, " ")
        per_second, per_day = told.pop("per_second"), told.pop("per_day")
        return Said(Statement(divisions=text.split(), **told), per_second, per_day)


OWN = "own"  # of tables that mask an item differently: each as it does


class TermsForm(forms.Form):
    """Masks, quotas and demands under which the provider would agree."""

    condition = _text(_("提供方要求"), 500, required=False, hint=_("例如不得留存、用毕销毁、不得用于其他目的。"))
    per_second = forms.IntegerField(label=_("每秒次数"), required=False, min_value=1, max_value=10_000)
    per_day = forms.IntegerField(label=_("每日次数"), required=False, min_value=1, max_value=100_000_000)
    is_receipted = forms.BooleanField(
        label=_("每次交换留回执"), required=False, help_text=_("每次读取、下载、交换、推送都留下签名的回执，双方可以离线核对。"),
    )

    def __init__(self, *args: object, part: Part, **kwargs: object) -> None:
        named = ("condition", "per_second", "per_day", "is_receipted")
        kwargs.setdefault("initial", {name: getattr(part, name) for name in named})
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        choices = [("", _("原样显示")), *((name, word(text)) for name, text in MASKS.items())]
        self.masked = []
        for field, (name, own) in queries.items_of(part).items():
            several = [(OWN, _("各表原有的脱敏"))] if len(set(own)) > 1 else []
            self.fields[f"mask-{field}"] = forms.ChoiceField(
                label=_("脱敏：%(name)s") % {"name": name}, choices=[*several, *choices], required=False,
                initial=part.masks.get(field, OWN if several else own[0]),
            )
            self.masked.append(field)

    def masks(self) -> dict[str, str]:
        """The mask of each item."""
        chosen = {field: str(self.cleaned_data[f"mask-{field}"]) for field in self.masked}
        return {field: mask for field, mask in chosen.items() if mask != OWN}


class WhyForm(forms.Form):
    """A reason."""

    reason = _text(_("理由"), 500)


class RemedyForm(forms.Form):
    """What was put right."""

    reason = _text(_("整改情况"), 1000)


class DisputeForm(forms.Form):
    """What the asker wants, and why."""

    claim = _text(_("诉求和理由"), 1000, hint=_("答复哪里不符合规定，希望怎样处理。"))


class OutcomeForm(forms.Form):
    """What came of a step of a dispute."""

    outcome = forms.ChoiceField(label=_("结果"), choices=(
        ("share", _("一致：应当共享")), ("keep", _("一致：维持原答复")), ("open", _("没有达成一致，转入下一步")),
    ))
    text = _text(_("意见"), 1000)


class SuspendForm(forms.Form):
    """Why a share stands, and by when to put right what is wrong."""

    reason = _text(_("暂停理由"), 500)
    remedy_by = forms.DateField(label=_("整改期限"), widget=DayInput())

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("initial", {"remedy_by": clock.today() + timedelta(days=10)})
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do


class TerminateForm(forms.Form):
    """Why a share ends, and what was agreed with the asker."""

    reason = _text(_("终止理由"), 500)
    consultation = _text(_("与需求方协商情况"), 500, required=False, hint=_("提供部门终止的必填：时间、对象、结果。"))


class UseForm(forms.Form):
    """How shared data were used in a period (art. 29)."""

    since = forms.DateField(label=_("记录期间自"), widget=DayInput())
    until = forms.DateField(label=_("记录期间至"), widget=DayInput())
    scenario = _text(_("使用场景"), 500)
    process = _text(_("使用过程"), 1000)
    effect = _text(_("应用成效"), 1000)
    storage = _text(_("存储情况"), 500)
    destruction = _text(_("销毁情况"), 500, hint=_("没有的写“无”。"))

    def used(self) -> Used:
        """What was typed."""
        return Used(**self.cleaned_data)


class DisposalForm(forms.Form):
    """The receipt of disposal."""

    method = forms.ChoiceField(label=_("处置方式"), choices=DisposalMethod)
    text = _text(_("处置情况"), 1000, hint=_("哪些数据、存放在哪里、怎样处置。"))
    done_on = forms.DateField(label=_("处置日期"), widget=DayInput())

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("initial", {"done_on": clock.today()})
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do

    def day(self) -> date:
        """The day typed."""
        found = self.cleaned_data["done_on"]
        assert isinstance(found, date)  # noqa: S101 what a date field gives
        return found
