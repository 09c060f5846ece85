"""A resource proposed from what its files hold, when no entry takes them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from suixin.data.catalog import actions as catalog
from suixin.data.catalog import queries, rules
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.data.collection import describing, matching, naming
from suixin.data.quality import profile
from suixin.data.quality import propose as proposals
from suixin.data.quality.profile import TableProfile
from suixin.data.quality.source import SourceTable
from suixin.kit.actor import Actor

FORMAT_CATEGORY = {
    "xlsx": "2",
    "xls": "2",
    "csv": "2",
    "tsv": "2",
    "json": "1",
    "ndjson": "1",
    "sqlite": "3",
    "parquet": "3",
}


_SECURITY = re.compile(r"([A-Z]{2}[_#.-]?)?[0-9]{6}")


def propose(
    files: Sequence[tuple[str, SourceTable]], *, scope: str, signature: str, actor: Actor, group: str = ""
) -> Resource:
    """The proposed resource for tables (with their file names) that share their columns, and so `signature`.

    The profile runs over every row of every file; keys gain the item that tells the files apart.
    """
    first = files[0][1]
    whole = matching.chained([table for _, table in files])
    found = profile.profile_table(whole)
    called = naming.naming_of(files, scope=scope)
    table = queries.free_table_name(called.table)
    title = _free_title(called.title, files)
    contract = rules.keyed(_with_security(proposals.propose_contract(found, table=table, title=title, code=""), found))
    theme = describing.theme_of(contract.title, scope, whole.columns)
    draft = replace(_draft(contract, first, group, actor), signature=signature)
    return catalog.propose_resource(
        replace(
            draft,
            abstract=describing.abstract_of(contract, found, files=len(files)),
            theme=theme,
            keywords=describing.keywords_of(called.words, theme, contract),
            update_cycle=called.cycle or proposals.guess_update_cycle(found),
            source_note=describing.source_note([name for name, _ in files], scope),
        ),
        actor=actor,
    )


def _free_title(title: str, files: Sequence[tuple[str, SourceTable]]) -> str:
    """A title that no other entry has: with the file's name, then with a number."""
    tries = [title, f"{title}({naming.stem_of(files[0][0])})", *(f"{title}({number})" for number in range(2, 1000))]
    taken = set(Resource.objects.filter(title__startswith=title).values_list("title", flat=True))
    return next((one[:200] for one in tries if one[:200] not in taken), title)


def _with_security(contract: Contract, profile: TableProfile) -> Contract:
    """Files named after stocks, one each: the file item is the security's code."""
    column, item = profile.column(matching.FILE_COLUMN), contract.item(matching.FILE_COLUMN)
    if column is None or item is None or not contract.item("close_price") or contract.item("security_code"):
        return contract
    if not column.values or not all(_SECURITY.fullmatch(value) for value in column.values):
        return contract
    renamed = replace(item, field="security_code", name="证券代码", source_names=(matching.FILE_COLUMN,))
    return contract.with_items(tuple(renamed if one is item else one for one in contract.items))


def _draft(contract: Contract, table: SourceTable, group: str, actor: Actor) -> ResourceDraft:
    is_public = not any(item.sensitive and item.level > 1 for item in contract.items)
    return ResourceDraft(
        contract=contract,
        provider=actor.organisation,
        category=settings.SUIXIN.category,
        format_category=FORMAT_CATEGORY.get(table.format, "6"),
        format_type=table.format,
        share_type="conditional" if not is_public else "unconditional",
        share_condition="" if is_public else "含敏感信息项,按授权脱敏提供",
        open_type="unconditional" if is_public else "withheld",
        group=group,
    )
