"""Declaring who uses an item, part of the action by which a thing begins, changes or ends its use.

Use      `declare(by, uses)` replaces all that the thing declared before; `withdraw(by)` when it uses nothing any more
Kinds    catalog.rule (an entry's own checks), access.grant, opening.dataset, insight.indicator, collection.feed
"""

from collections.abc import Iterable
from dataclasses import dataclass

from suixin.data.catalog.contract import TODAY, Contract, RuleKind
from suixin.data.catalog.models import Dependence, Resource, Use
from suixin.ground.people.models import Organisation
from suixin.kit import expressions
from suixin.kit.errors import SuixinError

RULE = "catalog.rule"


@dataclass(frozen=True, slots=True)
class By:
    """The thing that uses items: its kind and key, what people call it, who answers for it, whether everybody sees it."""

    kind: str
    key: str
    title: str
    responsible: Organisation | None = None
    is_public: bool = False


Uses = Iterable[tuple[Resource, str, Use]]


def declare(by: By, uses: Uses) -> int:
    """How many items the thing uses from now on; `uses` are (entry, field or "" for all of it, what for)."""
    withdraw(by.kind, by.key)
    rows = [
        Dependence(
            resource=resource, field=field, use=use, by_kind=by.kind, by_key=by.key, title=by.title[:200], responsible=by.responsible,
            is_public=by.is_public,
        ) for resource, field, use in dict.fromkeys(uses)
    ]
    Dependence.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def withdraw(kind: str, key: str) -> None:
    """The thing uses nothing any more."""
    Dependence.objects.filter(by_kind=kind, by_key=key).delete()


def fields_in(expression: str, contract: Contract) -> list[str]:
    """Fields that an expression over the entry's items names; none when it does not parse."""
    try:
        return sorted(expressions.parse(expression, fields=contract.letters, aliases=contract.aliases).fields - {TODAY})
    except SuixinError:
        return []


def declare_rules(resource: Resource) -> None:
    """The entry's own checks, each using the items that it names, those of another resource too."""
    Dependence.objects.filter(by_kind=RULE, by_key__startswith=f"{resource.table}:").delete()
    if not resource.rules:
        return
    contract = resource.contract
    others = {one.table: one for one in Resource.objects.filter(table__in={rule.other_table for rule in contract.rules} - {""})}
    for rule in contract.rules:
        by = By(RULE, f"{resource.table}:{rule.code}", f"校核规则：{rule.message}", resource.provider)
        own = fields_in(rule.expression, contract) if rule.kind == RuleKind.ROW else rule.fields
        uses = [(resource, name, Use.CHECKED) for name in own]
        if rule.other_table in others:
            uses += [(others[rule.other_table], name, Use.CHECKED) for name in rule.other_fields]
        declare(by, uses)
