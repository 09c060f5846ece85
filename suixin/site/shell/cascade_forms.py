"""Forms of the cascade: who we are, a peer's introduction, how it is reached, what flows; what is allowed the actions decide."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.contract import ItemSpec
from suixin.data.catalog.models import Resource
from suixin.data.sharing.cascade.adapters.direct.account import Issued
from suixin.data.sharing.cascade.adapters.direct.mapping import MEANT, SERVICES
from suixin.data.sharing.cascade.asking import Statement
from suixin.data.sharing.cascade.linking import Terms
from suixin.data.sharing.cascade.models import (
    DirectAccount,
    DirectReport,
    Flow,
    FlowState,
    Intake,
    Link,
    Platform,
    ReportState,
    Way,
)
from suixin.ground.link.models import Role
from suixin.ground.people.models import Level, Organisation
from suixin.kit import clock
from suixin.kit.errors import NotFound
from suixin.site.shell.days import DayInput
from suixin.site.shell.forms import ReasonForm, refuse_personal_values

_LINE = {"autocomplete": "off", "class": "control"}
_AREA = {"rows": 4, "class": "control", "spellcheck": "false", "autocomplete": "off"}
_LONGEST = 1 << 14


class IdentityForm(forms.Form):
    """Who this platform is among platforms."""

    code = forms.CharField(
        label=_("平台代码"), max_length=40, widget=forms.TextInput(attrs=_LINE),
        help_text=_("对端用它认本平台，发过信件后不能改；字母、数字、点、横线，例如 sn。"),
    )
    name = forms.CharField(label=_("平台名称"), max_length=80, widget=forms.TextInput(attrs=_LINE))
    level = forms.ChoiceField(label=_("层级"), choices=Level.choices)
    division = forms.CharField(label=_("行政区划代码"), max_length=12, widget=forms.TextInput(attrs=_LINE))
    address = forms.CharField(
        label=_("本平台地址"), max_length=300, required=False, widget=forms.TextInput(attrs=_LINE),
        help_text=_("对端由网络访问本平台的地址，例如 https://data.example.gov.cn；只用摆渡目录的不填。"),
    )

    @staticmethod
    def initial_of(ours: Platform | None) -> dict[str, object]:
        """What is registered already."""
        names = ("code", "name", "level", "division", "address")
        return {name: getattr(ours, name) for name in names} if ours else {"level": Level.CITY}


class RegisterForm(ReasonForm):
    """A peer, by the file that it handed over."""

    file = forms.FileField(label=_("对端的介绍文件"), help_text=_("对端导出、当面或经可信渠道交来的 JSON 文件。"))
    role = forms.ChoiceField(label=_("关系"), choices=Role.choices)
    field_order = ("file", "role", "reason")

    def content(self) -> bytes:
        """The file's bytes; an introduction is short."""
        found: bytes = self.cleaned_data["file"].read(_LONGEST + 1)
        return found


class DirectForm(ReasonForm):
    """A platform that speaks the national interface: it hands over no file."""

    code = forms.CharField(
        label=_("平台代码"), max_length=40, widget=forms.TextInput(attrs=_LINE), help_text=_("本平台给它起的代码，例如 gj。"))
    name = forms.CharField(label=_("平台名称"), max_length=80, widget=forms.TextInput(attrs=_LINE))
    address = forms.CharField(
        label=_("对端地址"), max_length=300, widget=forms.TextInput(attrs=_LINE), help_text=_("接口 /sysapi/ 之前的部分，例如 https://10.1.2.3:8443。"))
    role = forms.ChoiceField(label=_("关系"), choices=Role.choices)
    field_order = ("code", "name", "address", "role", "reason")


class AccountForm(ReasonForm):
    """What such a platform issued."""

    rid = forms.CharField(label=_("请求者标识 rid"), max_length=120, widget=forms.TextInput(attrs=_LINE))
    secret = forms.CharField(
        label=_("密钥 appsecret"), max_length=300, required=False, widget=forms.PasswordInput(attrs=_LINE),
        help_text=_("加密保存，不再显示；不改就留空。"),
    )
    services = forms.CharField(
        label=_("接口"), max_length=4000, widget=forms.Textarea(attrs=_AREA),
        help_text=_("每行一个：名称 = 路径 服务标识，例如 catalog_register = /sysapi/catalog/register s_0001。没有下发的不写，就不调用。"),
    )
    names = forms.CharField(
        label=_("字段名"), max_length=4000, required=False, widget=forms.Textarea(attrs=_AREA),
        help_text=_("对方的字段名与默认不同时写，每行一个：默认名 = 对方名，例如 cata_title = catalog_name。"),
    )
    codes = forms.CharField(
        label=_("代码"), max_length=4000, required=False, widget=forms.Textarea(attrs=_AREA),
        help_text=_("对方的代码与默认不同时写，每行一个：组.对方代码 = 含义，例如 states.9 = refused；组有 states、verdicts、share_type。"),
    )
    minutes = forms.IntegerField(label=_("查询间隔（分钟）"), min_value=1, max_value=1440, initial=10)
    field_order = ("rid", "secret", "services", "names", "codes", "minutes", "reason")

    def __init__(self, *args: object, link: Link, **kwargs: object) -> None:
        held = DirectAccount.objects.filter(link=link).first()
        if held is not None:
            kwargs.setdefault("initial", {
                "rid": held.rid, "minutes": held.minutes, "names": _lines(held.names.items()),
                "services": _lines((name, f"{told['path']} {told['sid']}") for name, told in held.services.items()),
                "codes": _lines((f"{group}.{code}", meant) for group, told in held.codes.items() for code, meant in told.items()),
            })
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        listed = "、".join(f"{name}（{title}）" for name, title in SERVICES.items())
        self.fields["services"].help_text = f"{self.fields['services'].help_text} {listed}"

    def clean_services(self) -> dict[str, dict[str, str]]:
        """{name: path and sid}."""
        found = {}
        for name, value in _pairs(self.cleaned_data["services"]).items():
            path, _space, sid = value.partition(" ")
            if name not in SERVICES:
                raise forms.ValidationError(gettext("没有名为“%(name)s”的接口。") % {"name": name[:40]})
            found[name] = {"path": path, "sid": sid.strip()}
        return found

    def clean_names(self) -> dict[str, str]:
        """Theirs by ours."""
        return _pairs(self.cleaned_data["names"])

    def clean_codes(self) -> dict[str, dict[str, str]]:
        """{group: {their code: ours}}."""
        found: dict[str, dict[str, str]] = {}
        for name, meant in _pairs(self.cleaned_data["codes"]).items():
            group, _dot, code = name.partition(".")
            if meant not in MEANT.get(group, ()):
                told = "、".join(MEANT.get(group, MEANT))
                raise forms.ValidationError(gettext("“%(line)s”不认识；可写 %(told)s。") % {"line": f"{name}={meant}"[:60], "told": told})
            found.setdefault(group, {})[code] = meant
        return found

    def issued(self) -> Issued:
        """What was typed, for `direct.account`."""
        told = self.cleaned_data
        return Issued(told["rid"], told["secret"], told["services"], told["names"], told["codes"], told["minutes"])


class ReplayForm(ReasonForm):
    """A refused report, to be sent again."""

    report = forms.ModelChoiceField(label=_("被退回的"), queryset=DirectReport.objects.none(), empty_label=None)
    field_order = ("report", "reason")

    def __init__(self, *args: object, link: Link, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["report"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = link.reports.filter(state=ReportState.REFUSED)


class FingerprintForm(ReasonForm):
    """What the other side read out."""

    fingerprint = forms.CharField(
        label=_("指纹"), max_length=80, widget=forms.TextInput(attrs=_LINE),
        help_text=_("打电话请对方念出它的指纹，照着录入；不要从本页抄。"),
    )
    field_order = ("fingerprint", "reason")


class ConnectForm(ReasonForm):
    """How a peer is reached, and who receives there."""

    organisation = forms.ModelChoiceField(
        label=_("对端的数据主管部门"), queryset=Organisation.objects.none(), to_field_name="slug", empty_label=_("请选择"),
        help_text=_("给对端的授权以它的名义；没有时请先在“机构”里登记。"),
    )
    level = forms.ChoiceField(label=_("层级"), choices=Level.choices)
    division = forms.CharField(label=_("行政区划代码"), max_length=12, widget=forms.TextInput(attrs=_LINE))
    way = forms.ChoiceField(label=_("通道"), choices=Way.choices)
    out_folder = forms.CharField(
        label=_("发送目录"), max_length=300, required=False, widget=forms.TextInput(attrs=_LINE),
        help_text=_("只用于摆渡：本端写出数据包。"),
    )
    in_folder = forms.CharField(
        label=_("接收目录"), max_length=300, required=False, widget=forms.TextInput(attrs=_LINE),
        help_text=_("只用于摆渡：对端的包送到这里。"),
    )
    field_order = ("organisation", "level", "division", "way", "out_folder", "in_folder", "reason")

    def __init__(self, *args: object, link: Link | None, is_direct: bool, **kwargs: object) -> None:
        if link is None:
            kwargs.setdefault("initial", {"way": Way.DIRECT if is_direct else Way.HTTP})
        else:
            names = ("level", "division", "way", "out_folder", "in_folder")
            kwargs.setdefault("initial", {name: getattr(link, name) for name in names} | {"organisation": link.organisation.slug})
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = Organisation.objects.filter(is_bureau=True)

    def clean(self) -> dict[str, object]:
        """What was typed; who carries by folders names both."""
        cleaned: dict[str, object] = super().clean() or self.cleaned_data
        for name in ("out_folder", "in_folder") if cleaned.get("way") == Way.FOLDER else ():
            if not cleaned.get(name):
                self.add_error(name, _("摆渡要填发送和接收两个目录。"))
        return cleaned

    def terms(self) -> Terms:
        """What was typed, for `linking.connect`."""
        told = self.cleaned_data
        return Terms(told["organisation"], told["level"], told["division"], Way(told["way"]), told["out_folder"], told["in_folder"])


class ResumeForm(ReasonForm):
    """Go on with a held link."""

    after = forms.IntegerField(
        label=_("对端已有本端的第几封"), required=False, min_value=0,
        help_text=_("本端由备份恢复过才填：填对端页面上“收到”的封数，下一封从它之后编号。"),
    )
    field_order = ("after", "reason")


class OfferForm(forms.Form):
    """Rows that return to the peer."""

    resource = forms.CharField(label=_("数据表名"), max_length=120, widget=forms.TextInput(attrs=_LINE), help_text=_("已发布资源的表名。"))
    divisions = forms.CharField(
        label=_("回流范围（区划）"), max_length=400, required=False, widget=forms.TextInput(attrs=_LINE),
        help_text=_("行政区划代码，几个用顿号或空格隔开；不填为全部行。"),
    )
    columns = forms.CharField(
        label=_("信息项字段名"), max_length=2000, required=False, widget=forms.TextInput(attrs=_LINE),
        help_text=_("几个用顿号或空格隔开；不填为全部信息项。"),
    )
    basis = forms.CharField(label=_("依据"), max_length=300, widget=forms.TextInput(attrs=_LINE))
    until = forms.DateField(label=_("截止日期"), widget=DayInput())
    is_receipted = forms.BooleanField(
        label=_("每次交换留回执"), required=False, help_text=_("每块数据带签名回执，对端可离线核验。"),
    )

    def entry(self) -> Resource:
        """The entry of that table. Raises NotFound."""
        return entry_by(self.cleaned_data["resource"])

    def names(self, field: str) -> list[str]:
        """The codes or fields that were typed in one line."""
        return names_in(str(self.cleaned_data[field]))

    def moment(self) -> datetime:
        """The end of that day."""
        return datetime.combine(self.cleaned_data["until"], time(23, 59, 59), clock.CHINA)


class FlowForm(ReasonForm):
    """One flow to the peer."""

    flow = forms.ModelChoiceField(label=_("回流"), queryset=Flow.objects.none(), to_field_name="uuid", empty_label=None)
    field_order = ("flow", "reason")

    def __init__(self, *args: object, link: Link, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["flow"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = link.flows.select_related("resource", "link__peer")


class AcceptForm(forms.Form):
    """The entry into which rows of a flow go, or a held one that goes on."""

    intake = forms.ModelChoiceField(label=_("来的回流"), queryset=Intake.objects.none(), to_field_name="uuid", empty_label=None)
    resource = forms.CharField(
        label=_("进入的数据表"), max_length=120, required=False, widget=forms.TextInput(attrs=_LINE),
        help_text=_("字段和主键与来源相同的已发布资源的表名；继续接收停下的回流时不用填。"),
    )

    def __init__(self, *args: object, link: Link, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["intake"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = link.intakes.filter(state__in=(FlowState.OFFERED, FlowState.HELD, FlowState.ENABLED))


class DayForm(forms.Form):
    """A day to be counted with the peer."""

    day = forms.DateField(label=_("对账日期"), required=False, widget=DayInput(), help_text=_("不填为昨天。"))


def entry_by(table: str) -> Resource:
    """The entry of that table. Raises NotFound."""
    found = Resource.objects.select_related("provider").filter(table=table.strip()).first()
    if found is None:
        raise NotFound(f"没有信息资源“{table[:60]}”；请写它的表名，例如资源页地址里的最后一段。")
    return found


class AcrossForm(forms.Form):
    """What a request for an entry of another platform states (国务院令第809号 art. 20)."""

    columns = forms.MultipleChoiceField(label=_("信息项"), widget=forms.CheckboxSelectMultiple(), help_text=_("只选用得着的。"))
    law = forms.CharField(label=_("使用依据"), max_length=200, help_text=_("法律法规、“三定”规定或文件的名称。"))
    document = forms.CharField(label=_("文号"), max_length=100, required=False)
    article = forms.CharField(label=_("条款"), max_length=200, required=False)
    scenario = forms.CharField(
        label=_("使用场景"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), validators=[refuse_personal_values],
        help_text=_("用在哪项工作、谁用、怎样用。"),
    )
    row_filter = forms.CharField(
        label=_("使用范围（行条件）"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        validators=[refuse_personal_values], help_text=_("例如 状态 = '在营' AND 设立日期 >= '2024-01-01'；不填为全部行。"),
    )
    divisions = forms.CharField(
        label=_("使用范围（区划）"), max_length=400, required=False,
        help_text=_("行政区划代码，几个用顿号或空格隔开，例如 510903；不填为不限。"),
    )
    until = forms.DateField(label=_("使用时限"), widget=DayInput(), help_text=_("用到哪一天，含当天。"))

    def __init__(self, *args: object, items: Sequence[ItemSpec], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        field = self.fields["columns"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 for the type checker
        field.choices = [(one.field, f"{one.name}（{one.level.title}）") for one in items]

    def said(self) -> Statement:
        """What was typed, for `cascade.asking`."""
        told = self.cleaned_data
        return Statement(
            told["columns"], told["law"], told["document"], told["article"], told["scenario"], names_in(told["divisions"]), told["until"],
            told["row_filter"],
        )


def _pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = line.replace("＝", "=").partition("=")
        if not equals or not name.strip() or not value.strip() or name.strip() in found:
            raise forms.ValidationError(gettext("“%(line)s”写法不对或写重了；每行写成：名称 = 值。") % {"line": line[:60]})
        found[name.strip()] = value.strip()
    return found


def _lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in pairs)


def names_in(text: str) -> list[str]:
    """The codes or fields that were typed in one line."""
    for mark in "、，,；;":
        text = text.replace(mark, " ")
    return text.split()
