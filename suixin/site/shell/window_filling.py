"""What data fill in at a window: the questions with their values and sources, and what the person there says of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suixin.ground.forms.declaration import Field, FieldType
from suixin.ground.forms.values import Refused, value_of
from suixin.services.cases import asking, prefilling
from suixin.services.items import guidance
from suixin.services.items.models import ItemVersion

JUDGED = [("right", _("对")), (asking.WRONG, _("不对，已改成正确的"))]


@dataclass(frozen=True, slots=True)
class Filled:
    """One question with what it was filled in with: `name` and `field` of the form, where the value came from."""

    name: str
    source: str
    label: str
    field: Field
    given: object

    @property
    def posted(self) -> str:
        """The value as a form posts it."""
        return ("yes" if self.given else "no") if isinstance(self.given, bool) else str(self.given)


def filled_of(version: ItemVersion, token: UUID, numbers: Mapping[str, str]) -> list[Filled]:
    """The questions that came filled in under that token about whom the numbers name, in their order."""
    wanted = {one.field: one for one in prefilling.wanted_of(version) if one.source.by in numbers}
    given = prefilling.known_of(token, [(one, numbers[one.source.by]) for one in wanted.values()])
    told, fields = prefilling.told_of(token, set(numbers.values())), guidance.fields_of(version.content)
    return [
        Filled(name, told[name], one.source.question, fields[one.source.number - 1], given[name])
        for name, one in wanted.items() if name in given
    ]


class FilledForm(forms.Form):
    """The values, each to be confirmed or put right with a reason."""

    def __init__(self, data: Mapping[str, str] | None = None, *, filled: list[Filled]) -> None:
        super().__init__(data)
        self.filled = filled
        for one in filled:
            hint = gettext("来自%(source)s。不对？直接改成正确的。") % {"source": one.source}
            self.fields[one.name] = _control(one, hint)
            asked = gettext("上面“%(question)s”填的对吗") % {"question": one.label[:60]}
            self.fields[f"{one.name}_is"] = forms.ChoiceField(label=asked, choices=JUDGED, initial="right")
            self.fields[f"{one.name}_why"] = forms.CharField(
                label=_("凭什么说不对"), max_length=300, required=False, help_text=_("写当面看过的证件的名称、号码和日期。"))

    def clean(self) -> dict[str, object]:
        """Values as the questions take them."""
        found: dict[str, object] = dict(super().clean() or {})
        for one in self.filled:
            try:
                found[one.name] = orjson.loads(orjson.dumps(value_of(one.field, [str(found.get(one.name, ""))])))
            except Refused as refused:
                self.add_error(one.name, str(refused))
        return found


def _control(one: Filled, hint: str) -> forms.Field:
    """The control of the question."""
    if one.field.type is FieldType.YES_NO:
        return forms.ChoiceField(label=one.label, choices=[("yes", _("是")), ("no", _("否"))], initial=one.posted, help_text=hint)
    if one.field.options:
        return forms.ChoiceField(label=one.label, choices=list(one.field.options.items()), initial=one.posted, help_text=hint)
    return forms.CharField(label=one.label, max_length=one.field.max_length, initial=one.posted, help_text=hint)
