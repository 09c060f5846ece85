"""Forms of sources and feeds: fields by kind as the connector declares them, secrets that are only ever typed in."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog.models import Resource
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.holding import MOST_DELETED
from suixin.data.collection.models import DriftPolicy, Feed, FeedMode, Source
from suixin.data.collection.sources import registry
from suixin.data.collection.sources.base import INBOX_KINDS, Column, Kind, Option
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.standards import queries as standards
from suixin.kit.actor import Actor
from suixin.site.shell.days import DayInput

_LINE = {"autocomplete": "off", "class": "control"}
_AREA = {"rows": 3, "class": "control", "spellcheck": "false", "autocomplete": "off"}
_OPTION, _COLUMN, _OWN = "option_", "column_", "own_"


class SourceForm(forms.Form):
    """One source of a kind. What is secret shows nothing of what is kept; left empty it stays as it is."""

    name = forms.CharField(
        label=_("来源名称"), max_length=120, widget=forms.TextInput(attrs=_LINE), help_text=_("写明是哪个系统，例如“人社局就业系统”。")
    )
    slug = forms.CharField(
        label=_("英文标识"), max_length=60, widget=forms.TextInput(attrs=_LINE),
        help_text=_("小写字母开头，用于地址，登记后不能改，例如 jobs-db。")
    )
    organisation = forms.ModelChoiceField(label=_("来源单位"), queryset=Organisation.objects.none(), empty_label=_("请选择"))
    address = forms.CharField(label=_("地址"), max_length=500, widget=forms.TextInput(attrs=_LINE))
    allowed_hosts = forms.CharField(
        label=_("其他允许的主机"), required=False, max_length=2000, widget=forms.Textarea(attrs=_AREA),
        help_text=_("每行一个主机名。答复只能转到来源自己的主机和这里列出的主机。"),
    )
    concurrency = forms.IntegerField(
        label=_("同时运行的任务数"), min_value=1, max_value=16, initial=2, widget=forms.NumberInput(attrs=_LINE),
        help_text=_("不拖累来源系统。")
    )
    agreement = forms.CharField(
        label=_("协议编号"), required=False, max_length=100, widget=forms.TextInput(attrs=_LINE),
        help_text=_("来源单位不是政府部门时必填。"),
    )
    agreement_place = forms.CharField(
        label=_("协议文本存放处"), required=False, max_length=300, widget=forms.TextInput(attrs=_LINE),
        help_text=_("签署的协议存在哪里，例如档案号或内网地址。"),
    )
    purpose = forms.CharField(
        label=_("协议约定的用途"), required=False, max_length=300, widget=forms.TextInput(attrs=_LINE),
        help_text=_("来源单位不是政府部门时必填。"),
    )
    expires_on = forms.DateField(
        label=_("协议到期日"), required=False, widget=DayInput({"class": "control"}),
        help_text=_("来源单位不是政府部门时必填，过期后停止采集。"),
    )

    def __init__(self, data: QueryDict | None, *, kind: Kind, actor: Actor, held: Source | None = None) -> None:
        super().__init__(data, initial=_initial(held) if held else None)
        self.kind, self.held = kind, held
        place = self.fields["organisation"]
        assert isinstance(place, forms.ModelChoiceField)  # noqa: S101 for the type checker
        place.queryset = Organisation.objects.filter(within(actor, "collection.declare_source")).order_by("name")
        if held is not None:
            del self.fields["slug"], self.fields["organisation"]
        self.fields["address"].help_text = gettext("形如 %s") % registry.class_of(kind).ADDRESS
        if kind in INBOX_KINDS:
            del self.fields["address"]
        if kind not in (Kind.HTTP, Kind.S3):
            del self.fields["allowed_hosts"]
        for option in registry.options_of(kind):
            self.fields[_OPTION + option.name] = _field(option, is_edit=held is not None)
        last = ["allowed_hosts", "concurrency", "agreement", "agreement_place", "purpose", "expires_on"]
        self.order_fields([name for name in self.fields if name not in last] + last)

    def draft(self) -> SourceDraft:
        """What the form says."""
        typed = self.cleaned_data
        given = {one: typed.get(_OPTION + one.name) for one in registry.options_of(self.kind)}
        return SourceDraft(
            typed["name"], self.held.slug if self.held else typed["slug"], self.kind,
            self.held.organisation if self.held else typed["organisation"], typed.get("address", ""),
            {one.name: value for one, value in given.items() if not one.is_secret and value not in (None, "")},
            {one.name: str(value) for one, value in given.items() if one.is_secret and value},
            typed.get("allowed_hosts", "").splitlines(), typed["concurrency"], typed["agreement"], typed["agreement_place"],
            typed["purpose"], typed["expires_on"],
        )


class FeedForm(forms.Form):
    """How one table reaches one entry: which column becomes which item, what grows, when it runs."""

    reads_log = forms.BooleanField(
        label=_("按数据库日志采集"), required=False, widget=forms.CheckboxInput(),
        help_text=_(
            "读来源库的日志，新增、改动和删除都会采集，先全量读取一次。目录须有主键；增量列和重叠留空。"
            "需要 PostgreSQL 13 起的 wal_level=logical 和 REPLICATION 权限，或 MariaDB 按行记录的二进制日志；"
            "保存后检查，缺什么会写出管理员要执行的命令。"
        ),
    )
    cursor = forms.ChoiceField(
        label=_("增量列"), required=False, help_text=_("只增不减的编号或更新时间；留空则每次读取全部。"),
        widget=forms.Select(attrs={"class": "control"})
    )
    order = forms.CharField(
        label=_("来源主键"), required=False, max_length=500, widget=forms.TextInput(attrs=_LINE),
        help_text=_("能唯一确定一行的来源列，几列用逗号隔开；留空用来源自己的主键。"),
    )
    overlap = forms.IntegerField(
        label=_("重叠"), min_value=0, initial=0, required=False, widget=forms.NumberInput(attrs=_LINE),
        help_text=_("每次从上次位置往前重读这么多：时间列是秒，编号列是个数。用来补上晚到的行；只能用于按主键更新的目录。"),
    )
    schedule = forms.CharField(
        label=_("运行时间"), required=False, max_length=100, widget=forms.TextInput(attrs=_LINE),
        help_text=_("五段：分 时 日 月 星期，例如每天 1:30 写 30 1 * * *；留空只手动运行。"),
    )
    is_whole = forms.BooleanField(
        label=_("整表更新"), required=False,
        help_text=_("来源每次给出全部的行。与现有数据按主键比对，只记变动；来源里没有了的行会删除。"),
    )
    most_deleted = forms.IntegerField(
        label=_("最多删除（%）"), min_value=0, max_value=99, initial=MOST_DELETED, required=False, widget=forms.NumberInput(attrs=_LINE),
        help_text=_("整表更新一次要删除的行超过这个比例，就停下等人决定。"),
    )
    drift_policy = forms.ChoiceField(
        label=_("列变动时"), choices=[(one.value, _(one.label)) for one in DriftPolicy], widget=forms.Select(attrs={"class": "control"})
    )

    def __init__(
        self, data: QueryDict | None, *, columns: Sequence[Column], resource: Resource, mapping: dict[str, str], takes_files: bool,
        keeps_place: bool = True, has_log: bool = False, initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.columns, self.resource, self.takes_files = columns, resource, takes_files
        items = [("", gettext("不采集"))] + [(item.field, f"{item.name}（{item.field}）") for item in resource.contract.items]
        cursor = self.fields["cursor"]
        assert isinstance(cursor, forms.ChoiceField)  # noqa: S101 for the type checker
        cursor.choices = [("", gettext("没有，每次读取全部"))] + [(one.name, one.name) for one in columns]
        if not resource.contract.key or not keeps_place:  # nothing to compare by, or only what is new comes
            for name in ("is_whole", "most_deleted"):
                del self.fields[name]
        if not has_log:
            del self.fields["reads_log"]
        if takes_files or not keeps_place:
            for name in ("cursor", "order", "overlap"):
                del self.fields[name]
        if not takes_files:
            for number, column in enumerate(columns):
                self.fields[f"{_COLUMN}{number}"] = forms.ChoiceField(
                    label=column.name, choices=items, required=False, initial=mapping.get(column.name, ""),
                    help_text=f"{column.native or column.family}{gettext('，来源主键') if column.is_key else ''}",
                    widget=forms.Select(attrs={"class": "control"}),
                )
        self._add_own_codes()

    def _add_own_codes(self) -> None:
        """A choice for each item with a code set to which a department has mapped codes of its own."""
        for item in self.resource.contract.items:
            sets = standards.sets_mapped_to(item.code_set) if item.code_set else []
            if sets:
                follow = gettext("本单位代码 %(code)s（目录所定）") % {"code": item.own_codes} if item.own_codes else gettext("标准代码")
                self.fields[_OWN + item.field] = forms.ChoiceField(
                    label=gettext("“%(item)s”的来源代码集") % {"item": item.name}, required=False,
                    choices=[("", follow), *((one.code, f"{one.name}（{one.code}）") for one in sets)],
                    help_text=gettext("这个来源用本单位代码时选它，入库时按已发布的对照换成标准代码。"),
                    widget=forms.Select(attrs={"class": "control"}),
                )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """One for each column of the source."""
        return [self[name] for name in self.fields if name.startswith(_COLUMN)]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """The rest."""
        return [self[name] for name in self.fields if not name.startswith(_COLUMN)]

    def draft(self, table: str) -> FeedDraft:
        """What the form says."""
        typed = self.cleaned_data
        chosen = {column.name: typed.get(f"{_COLUMN}{number}") for number, column in enumerate(self.columns)}
        order = [name.strip() for name in typed.get("order", "").replace("，", ",").split(",") if name.strip()]
        return FeedDraft(
            table, {name: field for name, field in chosen.items() if field}, order, typed.get("cursor", ""),
            typed.get("overlap") or 0, typed.get("reads_log", False), typed["schedule"], DriftPolicy(typed["drift_policy"]),
            is_whole=typed.get("is_whole", False),
            own_codes={name.removeprefix(_OWN): value for name, value in typed.items() if name.startswith(_OWN) and value},
            most_deleted=MOST_DELETED if typed.get("most_deleted") is None else typed["most_deleted"],
        )

    @staticmethod
    def initial_of(feed: Feed) -> dict[str, object]:
        """What the feed says, as it is typed."""
        return {
            "reads_log": feed.reads_log, "cursor": feed.cursor, "order": ",".join(feed.order), "overlap": feed.overlap,
            "schedule": feed.schedule, "drift_policy": feed.drift_policy, "is_whole": feed.mode == FeedMode.SNAPSHOT,
            "most_deleted": feed.most_deleted, **{_OWN + name: code for name, code in feed.own_codes.items()},
        }


class RangeForm(forms.Form):
    """From where to where a feed is read again."""

    first = forms.CharField(
        label=_("补采自"), required=False, max_length=60, widget=forms.TextInput(attrs=_LINE),
        help_text=_("含此值；增量列的值，例如 2026-01-01。"),
    )
    last = forms.CharField(label=_("补采至"), required=False, max_length=60, widget=forms.TextInput(attrs=_LINE), help_text=_("不含此值。"))


def _field(option: Option, *, is_edit: bool) -> forms.Field:
    label, hint = _(option.label), _(option.hint) if option.hint else ""
    if option.is_secret:
        kept = gettext("留空则保持不变。") if is_edit else ""
        attributes = {**_LINE, "autocomplete": "new-password"}
        widget: forms.Widget = forms.Textarea(attrs=_AREA) if option.type == "long" else forms.PasswordInput(attrs=attributes)
        return forms.CharField(label=label, required=False, widget=widget, help_text=f"{hint}{kept}", max_length=registry.LONGEST)
    needed = option.is_required and not option.default
    match option.type:
        case "integer":
            return forms.IntegerField(
                label=label, required=False, min_value=option.least, max_value=option.most, initial=option.default, help_text=hint,
                widget=forms.NumberInput(attrs=_LINE),
            )
        case "choice":
            choices = [(code, _(words)) for code, words in option.choices]
            select = forms.Select(attrs={"class": "control"})
            return forms.ChoiceField(label=label, choices=choices, initial=option.default, widget=select, help_text=hint)
        case "long":
            area = forms.Textarea(attrs=_AREA)
            return forms.CharField(label=label, required=needed, widget=area, help_text=hint, max_length=registry.LONGEST)
    line = forms.TextInput(attrs=_LINE)
    return forms.CharField(label=label, required=needed, initial=option.default, widget=line, help_text=hint, max_length=500)


def _initial(held: Source) -> dict[str, object]:
    """What is kept, but for secrets."""
    options = {_OPTION + name: value for name, value in held.options.items()}
    return {
        "name": held.name, "address": held.address, "allowed_hosts": "\n".join(held.allowed_hosts), "concurrency": held.concurrency,
        "agreement": held.agreement, "agreement_place": held.agreement_place, "purpose": held.purpose,
        "expires_on": held.expires_on, **options,
    }
