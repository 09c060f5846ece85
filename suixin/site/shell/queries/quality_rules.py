"""What the pages of rules show: what follows from the items, what was attached, what the profile suggests, the library."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.bounds import NONE
from suixin.data.catalog.contract import Contract, Rule
from suixin.data.catalog.generators.sentences import sentences_of
from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.lake.models import Batch
from suixin.data.quality.library import forming
from suixin.data.quality.library.errors import BadLibrary
from suixin.data.quality.library.templates import Template, library
from suixin.data.quality.models import RuleSuggestion, SuggestionState
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound, SuixinError
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.templatetags.suixin import number
from suixin.site.shell.words import dimension

KINDS = {
    "row": "逐行", "reference": "引用其他目录", "unique": "行与行之间", "monotonic": "行与行之间",
    "total": "整批，与另一目录对照", "fresh": "整批",
}


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The rules of one resource."""

    resource: Resource
    attached: Table
    derived: Table
    suggested: Table
    codes: Sequence[tuple[str, str]]
    suggestions: Sequence[tuple[int, str]]
    may_set: bool
    decided: Table = field(default_factory=lambda: Table("", (), ()))


def rules_page(table: str, *, actor: Actor) -> RulesPage:
    """Rules, suggestions and what each came to in the newest batch. Raises UnknownResource, NotAllowed."""
    resource = resource_by(table)
    policy.require(actor, "quality.view", resource)
    may_set = policy.may(actor, "quality.set_rules", resource)
    contract = resource.contract
    newest = Batch.objects.landed().filter(resource=resource).order_by("-pk").first()
    told = list(RuleSuggestion.objects.filter(resource=resource)[:200])
    open_ones = [(one, _named(resource, one)) for one in told if one.state == SuggestionState.OPEN]
    return RulesPage(
        resource, _attached(contract, newest), _derived(contract), _suggested(resource, open_ones, may_set=may_set),
        [(rule.code, rule.message.rstrip("。")) for rule in contract.rules], [(one.pk, name) for one, name in open_ones], may_set,
        _decided([(one, _named(resource, one)) for one in told if one.state != SuggestionState.OPEN]),
    )


def library_table(href: Callable[[Template], str] = lambda _: "") -> Table:
    """Every rule of the library, each linked as `href` says."""
    columns = (
        Column(gettext("规则")), Column(gettext("参数")), Column(gettext("公式"), is_long=True), Column(gettext("维度")),
        Column(gettext("违反时")), Column(gettext("依据"), is_long=True), Column(gettext("来自")),
    )
    rows = [
        (Cell(one.title, href(one), note=one.code), Cell("、".join(parameter.title for parameter in one.parameters)),
         Cell(one.message, note=one.expression or KINDS[one.kind]), Cell(dimension(one.dimension)),
         _severity(one.severity), Cell(one.basis), Cell(one.origin))
        for one in library().values()
    ]
    return Table(gettext("规则库"), columns, rows)


def suggestion_of(resource: Resource, text: str) -> RuleSuggestion | None:
    """The open suggestion of that number; None for no number. Raises NotFound."""
    if not text:
        return None
    found = RuleSuggestion.objects.filter(resource=resource, state=SuggestionState.OPEN, pk=int(text) if _is_number(text) else 0).first()
    if found is None:
        raise NotFound("没有这条建议，或已有人处理；请从规则页面进入。")
    return found


def given_of(suggestion: RuleSuggestion | None) -> Mapping[str, object]:
    """The parameters of a suggestion; nothing without one."""
    return dict(suggestion.parameters) if suggestion else {}


def _attached(contract: Contract, newest: Batch | None) -> Table:
    columns = (
        Column(gettext("规则"), is_long=True), Column(gettext("公式"), is_long=True), Column(gettext("维度")), Column(gettext("违反时")),
        Column(gettext("最近一批"), is_numeric=True),
    )
    rows = [
        (Cell(rule.message.rstrip("。"), note=rule.code), Cell(rule.expression or KINDS.get(rule.kind, rule.kind), note=_parameters(rule)),
         Cell(dimension(rule.dimension)), _severity(rule.severity), _result(rule, newest))
        for rule in contract.rules
    ]
    return Table(gettext("设定的规则"), columns, rows, gettext("还没有设定规则；可以采用下面的建议，或从规则库添加。"), is_cards=True)


def _result(rule: Rule, newest: Batch | None) -> Cell:
    told = newest.rule_results.get(rule.code) if newest is not None and isinstance(newest.rule_results, dict) else None
    if not isinstance(told, dict):
        return Cell("", note=gettext("还没有按它判过"))
    against = gettext("对照“%(table)s”第 %(n)s 版") % {"table": told["table"], "n": told["version"]} if "version" in told else ""
    note = "；".join(filter(None, (str(told.get("sentence", "")).rstrip("。"), against)))
    if not told.get("b"):
        return Cell(gettext("没有检查"), tone="warn", note=note)
    return Cell(f"{number(told['failed'])} / {number(told['b'])}", note=note)


def _derived(contract: Contract) -> Table:
    columns = (Column(gettext("信息项")), Column(gettext("由目录得出的检查"), is_long=True))
    rows = [(Cell(item.name, note=item.field), Cell("；".join(sentences_of(item, NONE)))) for item in contract.items]
    return Table(gettext("由信息项得出的检查"), columns, rows, is_cards=True)


def _suggested(resource: Resource, found: Sequence[tuple[RuleSuggestion, str]], *, may_set: bool) -> Table:
    columns = (
        Column(gettext("建议的规则"), is_long=True), Column(gettext("证据"), is_long=True), Column(gettext("不符合"), is_numeric=True),
    )
    place = reverse("console-rule-new", args=[resource.table])
    rows = [
        (Cell(name, f"{place}?suggestion={one.pk}" if may_set else "", note=one.about), Cell(_evidence(one)), Cell(number(one.failed)))
        for one, name in found
    ]
    return Table(gettext("建议的规则"), columns, rows, gettext("没有建议。每个新版本探查以后都会找一遍。"), is_cards=True)


def _decided(found: Sequence[tuple[RuleSuggestion, str]]) -> Table:
    columns = (
        Column(gettext("建议的规则"), is_long=True), Column(gettext("处理")), Column(gettext("理由"), is_long=True),
        Column(gettext("处理人")),
    )
    rows = [
        (Cell(name, note=one.about), Cell(one.get_state_display()), Cell(one.reason), Cell(one.decided_by)) for one, name in found
    ]
    return Table(gettext("处理过的建议"), columns, rows)


def _evidence(one: RuleSuggestion) -> str:
    return gettext("第 %(version)s 版的 %(rows)s 行里 %(passed)s 行符合，%(failed)s 行不符合。") % {
        "version": one.version, "rows": number(one.rows), "passed": number(one.rows - one.failed), "failed": number(one.failed),
    }


def _named(resource: Resource, one: RuleSuggestion) -> str:
    """The suggestion as the rule would say it; its title where the entry has changed since."""
    template = library().get(one.template)
    if template is None:
        return one.about
    try:
        given = {name: told if isinstance(told, list) else str(told) for name, told in one.parameters.items()}
        return forming.composed(resource, template, given).message.rstrip("。")
    except (SuixinError, BadLibrary):
        return template.title


def _parameters(rule: Rule) -> str:
    return "" if rule.expression else "；".join(f"{name}={told if isinstance(told, str) else '、'.join(map(str, told))}"
                                             for name, told in rule.parameters.items() if isinstance(told, str | list))


def _severity(severity: str) -> Cell:
    return Cell(gettext("只标记"), tone="quiet") if severity == "mark" else Cell(gettext("拒收"), tone="warn")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
