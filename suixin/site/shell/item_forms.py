"""The editor of an entry's items: cards to add, fill in, move and remove; the same on every page that writes items.

Works without JavaScript: adding, moving and removing post the form, which comes back as typed and nothing is saved
Blank    of a new item means "as the data elements suggest by its name" (standards), else by the last words of the name
Held     an item of the entry keeps what the form does not show (source columns, sensitivity); its field name stands
         once the entry was published
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from suixin.data.catalog import rules
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.models import OpenType, ShareType, UpdateCycle
from suixin.ground.people.models import Organisation
from suixin.ground.standards import queries as standards
from suixin.kit import names
from suixin.site.shell import words
from suixin.site.shell.catalogue_forms import METHODS

MOST = 500
_PREFIX = re.compile(r"item(\d{1,4})-")
_MOVES = {"item-up": -1, "item-down": 1}
# types by the last words of a name, where no data element knows it: our choice
_BY_ENDING: tuple[tuple[str, ItemType, int | None, int | None], ...] = (
    ("时间", ItemType.DATETIME, None, None), ("时刻", ItemType.DATETIME, None, None), ("日期", ItemType.DATE, None, None),
    ("金额", ItemType.MONEY, 18, 2), ("费用", ItemType.MONEY, 18, 2), ("价格", ItemType.MONEY, 18, 2), ("面积", ItemType.NUMBER, 18, 2),
    ("里程", ItemType.NUMBER, 18, 2), ("长度", ItemType.NUMBER, 18, 2), ("率", ItemType.NUMBER, 9, 4), ("比例", ItemType.NUMBER, 9, 4),
    ("数量", ItemType.INTEGER, None, None), ("人数", ItemType.INTEGER, None, None), ("个数", ItemType.INTEGER, None, None),
    ("次数", ItemType.INTEGER, None, None), ("年度", ItemType.INTEGER, None, None), ("说明", ItemType.MEMO, None, None),
    ("备注", ItemType.MEMO, None, None), ("内容", ItemType.MEMO, None, None), ("经度", ItemType.NUMBER, 12, 6),
    ("纬度", ItemType.NUMBER, 12, 6), ("浓度", ItemType.NUMBER, 12, 4), ("指数", ItemType.NUMBER, 12, 4), ("数值", ItemType.NUMBER, 18, 4),
    ("声级", ItemType.NUMBER, 9, 2), ("水量", ItemType.NUMBER, 18, 2), ("高度", ItemType.NUMBER, 12, 2),
)
_FLAGS = ("is_key", "is_required", "is_sealed")
MAIN = ("name", "type", "length", "scale", "is_key", "level", "mask")


def suggestion(name: str) -> ItemSpec:
    """The item that a name suggests: the data element of that name, else by its last words, else text of 100."""
    element = standards.element_for(name)
    if element is not None:
        mask = element.mask if element.level > 1 else ""
        return ItemSpec(
            element.field, name, ItemType(element.type), element.length, element.scale, code_set=element.code_set, unit=element.unit,
            level=Level(element.level), mask=mask, sensitive={"name": "person_name"}.get(mask, mask if mask in rules.PERSONAL else ""),
        )
    field = names.slugify(name).replace("-", "_").lower()[:56]
    field = field if field[:1].isalpha() else f"f_{field}" if field else "item"
    if name.startswith("是否"):
        return ItemSpec(field, name, ItemType.BOOLEAN)
    for ending, kind, length, scale in _BY_ENDING:
        if name.endswith(ending):
            return ItemSpec(field, name, kind, length, scale)
    return ItemSpec(field, name, ItemType.TEXT, 100)


class ItemRow(forms.Form):
    """One item as a card; one without a name is none."""

    held = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("名称"), max_length=128, required=False)
    type = forms.ChoiceField(label=_("类型"), required=False)
    length = forms.IntegerField(label=_("长度"), required=False, min_value=1, max_value=99_999_999)
    scale = forms.IntegerField(label=_("小数位"), required=False, min_value=0, max_value=38)
    is_key = forms.BooleanField(label=_("主键"), required=False)
    level = forms.ChoiceField(label=_("分级"), required=False)
    mask = forms.ChoiceField(label=_("脱敏"), required=False)
    field = forms.RegexField(
        label=_("字段名"), regex=r"^[a-z][a-z0-9_]{0,63}$", required=False, help_text=_("不填时按名称生成。"),
        error_messages={"invalid": _("字段名用小写字母开头，只含小写字母、数字、下划线，最多 64 个字符。")},
    )
    is_required = forms.BooleanField(label=_("必填（不可空）"), required=False)
    is_sealed = forms.BooleanField(label=_("加密存储"), required=False)
    code_set = forms.CharField(label=_("代码集"), max_length=64, required=False, help_text=_("从列表里选；没有代码的不填。"))
    own_codes = forms.CharField(
        label=_("来源代码集"), max_length=64, required=False,
        help_text=_("来源用本单位自己的代码时填写，归集时按发布的对照换成代码集里的代码。"),
    )
    unit = forms.CharField(label=_("计量单位"), max_length=32, required=False)
    description = forms.CharField(label=_("描述、口径"), max_length=500, required=False)
    share_type = forms.ChoiceField(label=_("共享类型"), required=False)
    share_condition = forms.CharField(label=_("共享条件"), max_length=500, required=False)
    share_method = forms.ChoiceField(label=_("共享方式"), required=False)
    withhold_reason = forms.CharField(
        label=_("不予共享的理由和依据"), max_length=500, required=False, help_text=_("写明法律、行政法规或国务院决定的条款。")
    )
    open_type = forms.ChoiceField(label=_("开放类型"), required=False)
    open_condition = forms.CharField(label=_("开放条件"), max_length=500, required=False)
    update_cycle = forms.ChoiceField(label=_("更新周期"), required=False)
    source_department = forms.CharField(label=_("数源部门代码"), max_length=18, required=False)

    def __init__(self, *args: object, spec: ItemSpec | None = None, may_rename: bool = True, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django's own forms do
        self.spec, as_entry = spec, ("", _("随目录"))
        choices: dict[str, Iterable[tuple[str, object]]] = {
            "type": [(t.value, words.item_type(t.value)) for t in ItemType],
            "level": [(str(int(level)), level.title) for level in Level],
            "mask": [("", "—"), *((key, words.mask(key)) for key in words.MASKS)],
            "share_type": [as_entry, *ShareType.choices], "open_type": [as_entry, *OpenType.choices],
            "update_cycle": [as_entry, *UpdateCycle.choices], "share_method": [as_entry, *METHODS],
        }
        if spec is None:
            for name in ("type", "level"):
                choices[name] = [("", _("按名称")), *choices[name]]
        for name, found in choices.items():
            self.fields[name].choices = list(found)  # type: ignore[attr-defined]  # a ChoiceField
        for name, bound in self.fields.items():
            bound.widget.attrs["class"] = "" if name in _FLAGS else "control control-small"
        self.fields["code_set"].widget.attrs["list"] = "code-sets"
        self.fields["source_department"].widget.attrs["list"] = "organisations"
        if spec is not None and not may_rename:
            self.fields["field"].disabled = True

    def clean_code_set(self) -> str:
        """The code set, one of the platform's."""
        code = str(self.cleaned_data["code_set"]).strip()
        if code and not standards.is_known(code) and (self.spec is None or code != self.spec.code_set):
            raise forms.ValidationError(_("平台没有代码集“%(code)s”，请从列表里选。"), params={"code": code[:40]})
        return code

    def clean_own_codes(self) -> str:
        """A set that a department keeps for itself."""
        code = str(self.cleaned_data["own_codes"]).strip()
        if code and standards.own_set(code) is None:
            raise forms.ValidationError(_("没有已发布的单位代码集“%(code)s”，请先在“标准”里登记并发布。"), params={"code": code[:40]})
        return code

    def clean_source_department(self) -> str:
        """The credit code of an organisation that is known."""
        code = str(self.cleaned_data["source_department"]).strip()
        if code and not Organisation.objects.filter(uscc=code).exists():
            raise forms.ValidationError(_("组织机构库里没有这个信用代码，请从列表里选。"))
        return code

    def clean(self) -> dict[str, object]:
        """What was typed, judged as one item where it stands."""
        cleaned: dict[str, object] = super().clean() or self.cleaned_data
        if cleaned.get("name") and not self.errors:
            for sentence in rules.faults_of_item(self.item(frozenset())):
                self.add_error(_place_of(sentence), sentence)
        elif not cleaned.get("name") and any(value for name, value in cleaned.items() if name not in ("held", "type", "level")):
            self.add_error("name", _("请写信息项名称；不要这一项请点“删除”。"))
        return cleaned

    def item(self, taken: frozenset[str]) -> ItemSpec:
        """The item that the card gives; the field name of a new one is not among `taken`."""
        told = self.cleaned_data
        known = self.spec or suggestion(told["name"])
        is_new = self.spec is None
        is_suggested = is_new and not told["level"]
        is_renamed = self.spec is not None and (told["name"], told["field"]) != (self.spec.name, self.spec.field)
        sources = (*known.source_names, known.name) if is_renamed else known.source_names
        kind = ItemType(told["type"]) if told["type"] else known.type
        follows = is_new and not told["type"]  # length and scale come with the type
        return replace(
            known, name=told["name"], field=told["field"] or _free(known.field, taken), type=kind,
            length=told["length"] if told["length"] is not None or not follows else known.length,
            scale=told["scale"] if told["scale"] is not None or not follows else known.scale,
            is_key=told["is_key"], nullable=not (told["is_key"] or told["is_required"]),
            level=Level(int(told["level"])) if told["level"] else known.level,
            mask=told["mask"] or (known.mask if is_suggested else ""), is_sealed=told["is_sealed"],
            code_set=told["code_set"] or (known.code_set if follows else ""), unit=told["unit"] or (known.unit if is_new else ""),
            source_names=tuple(dict.fromkeys(sources)), is_provisional=known.is_provisional and not is_renamed,
            **{name: told[name] for name in (
                "description", "share_type", "share_condition", "share_method", "withhold_reason", "open_type", "open_condition",
                "update_cycle", "source_department", "own_codes",
            )},
        )


@dataclass
class Editor:
    """The cards of one page, in their order; `wish` is what else than saving was asked for, and is done already."""

    rows: list[ItemRow]
    wish: str = ""

    @property
    def code_sets(self) -> list[tuple[str, str]]:
        """Code sets to choose from."""
        return [(one.code, one.name) for one in standards.code_sets()]

    @property
    def organisations(self) -> list[tuple[str, str]]:
        """Organisations to choose from."""
        return list(Organisation.objects.order_by("name").values_list("uscc", "name"))

    def is_valid(self) -> bool:
        """Whether each card is, and their names and fields differ; every fault stands at its card."""
        judged = [one.is_valid() for one in self.rows]  # each, so that every fault is shown at once
        is_good = all(judged)
        for name, word in (("name", _("名称“%(text)s”与前面的信息项重复。")), ("field", _("字段名“%(text)s”与前面的信息项重复。"))):
            seen: set[str] = set()
            for row in self.rows:
                text = row.cleaned_data.get(name, "") if hasattr(row, "cleaned_data") else ""
                if text and text in seen:
                    row.add_error(name, forms.ValidationError(word, params={"text": text}))
                    is_good = False
                seen.add(text)
        return is_good

    def specs(self) -> tuple[ItemSpec, ...]:
        """The items that the cards give, in their order."""
        taken = {row.cleaned_data["field"] for row in self.rows if row.cleaned_data["field"]}
        found = []
        for row in self.rows:
            if row.cleaned_data["name"]:
                made = row.item(frozenset(taken))
                taken.add(made.field)
                found.append(made)
        return tuple(found)


def editor(data: QueryDict | None, items: Sequence[ItemSpec], *, blank: int = 0, may_rename: bool = True) -> Editor:
    """The cards: of `items` when nothing was typed, else as typed, with what the pressed button asks for done."""
    held = {item.field: item for item in items}
    if data is None:
        texts = [_texts_of(item) for item in items] + [{} for _ in range(blank)]
        return Editor([_unbound(place, one, held, may_rename) for place, one in enumerate(texts)])
    texts = _typed(data)
    wish = data.get("wish", "")
    done = _done(texts, wish)
    if done is None:
        return Editor([_bound(data, one, held, may_rename) for one in texts])
    filled = [_suggested(one) for one in done]
    return Editor([_unbound(place, one, held, may_rename) for place, one in enumerate(filled)], wish)


def _unbound(place: int, texts: Mapping[str, str], held: Mapping[str, ItemSpec], may_rename: bool) -> ItemRow:
    return ItemRow(prefix=f"item{place}", initial=dict(texts), spec=held.get(texts.get("held", "")), may_rename=may_rename)


def _bound(data: QueryDict, texts: Mapping[str, str], held: Mapping[str, ItemSpec], may_rename: bool) -> ItemRow:
    spec = held.get(texts.get("held", ""))
    initial = {"field": spec.field} if spec else {}
    return ItemRow(data, prefix=f"item{texts['number']}", initial=initial, spec=spec, may_rename=may_rename)


def _typed(data: QueryDict) -> list[dict[str, str]]:
    """What was typed, card by card, in the order of their numbers."""
    found: dict[int, dict[str, str]] = {}
    for key in data:
        if match := _PREFIX.match(key):
            found.setdefault(int(match[1]), {})[key[match.end():]] = data.get(key, "")
    return [found[number] | {"number": str(number)} for number in sorted(found)][:MOST * 8]


def _done(texts: list[dict[str, str]], wish: str) -> list[dict[str, str]] | None:
    """The cards after adding, moving or removing one; None when nothing of that is wished."""
    verb, _colon, number = wish.partition(":")
    if verb == "item-add":
        return [*texts, {}] if len(texts) < MOST * 8 else texts
    at = next((place for place, one in enumerate(texts) if one["number"] == number), None)
    if verb == "item-remove":
        return [one for place, one in enumerate(texts) if place != at]
    if verb in _MOVES:
        to = None if at is None else at + _MOVES[verb]
        if at is not None and to is not None and 0 <= to < len(texts):
            texts[at], texts[to] = texts[to], texts[at]
        return texts
    return None


def _suggested(texts: Mapping[str, str]) -> dict[str, str]:
    """The card with what its name suggests, where nothing was typed; a held item stays as it is."""
    if texts.get("held") or not texts.get("name") or texts.get("type"):
        return dict(texts)
    told = _texts_of(suggestion(texts["name"]))
    told.pop("held")
    return {**told, **{name: value for name, value in texts.items() if value}}


def _texts_of(item: ItemSpec) -> dict[str, str]:
    plain = {
        name: getattr(item, name) for name in (
            "name", "field", "code_set", "mask", "unit", "description", "share_type", "share_condition", "share_method",
            "withhold_reason", "open_type", "open_condition", "update_cycle", "source_department",
        )
    }
    flags = {"is_key": item.is_key, "is_required": not item.nullable and not item.is_key, "is_sealed": item.is_sealed}
    return {
        **plain, "held": item.field, "type": item.type.value, "level": str(int(item.level)),
        "length": "" if item.length is None else str(item.length), "scale": "" if item.scale is None else str(item.scale),
        **{name: "on" for name, is_set in flags.items() if is_set},
    }


def _place_of(sentence: str) -> str:
    """The field of a card that a sentence of the rules is about."""
    for words_, name in (
        ("字段名", "field"), ("小数位", "scale"), ("脱敏", "mask"), ("加密", "is_sealed"), ("不予共享", "withhold_reason"),
        ("有条件共享", "share_condition"), ("有条件开放", "open_condition"),
    ):
        if words_ in sentence:
            return name
    return "name"


def _free(base: str, taken: frozenset[str]) -> str:
    return next(one for one in chain([base], (f"{base}_{number}" for number in count(2))) if one not in taken)
