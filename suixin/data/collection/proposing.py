"""A resource proposed from what its files hold, when no entry takes them."""

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from suixin.data.catalog import actions as catalog
from suixin.data.catalog import queries
from suixin.data.catalog.contract import Contract, WriteMode
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.data.collection import matching
from suixin.data.quality import profile
from suixin.data.quality import propose as proposals
from suixin.data.quality.source import SourceTable
from suixin.kit import names
from suixin.kit.actor import Actor

FORMAT_CATEGORY = {"xlsx": "2", "xls": "2", "csv": "2", "tsv": "2", "sqlite": "3", "parquet": "3"}


def propose(files: Sequence[tuple[str, SourceTable]], *, scope: str, actor: Actor, group: str = "") -> Resource:
    """The proposed resource for tables (with their file names) that share their columns.

    The profile runs over every row of every file; keys gain the item that tells the files apart.
    """
    file_name, first = files[0]
    whole = matching.chained([table for _, table in files])
    found = profile.profile_table(whole)
    title = matching.title_of(file_name, first, scope=scope, files=len(files))
    wanted = names.slugify(title).replace("-", "_") or "table"
    table = queries.free_table_name(wanted if wanted[0].isalpha() else f"t_{wanted}")
    contract = _keyed(proposals.propose_contract(found, table=table, title=title, code=""))
    return catalog.propose_resource(_draft(contract, first, scope, group, actor), actor=actor)


def _keyed(contract: Contract) -> Contract:
    """A key makes the current state unique by it, so such a table is upserted; one without key is appended to."""
    return replace(contract, write_mode=WriteMode.UPSERT if contract.key else WriteMode.APPEND)


def _draft(contract: Contract, table: SourceTable, scope: str, group: str, actor: Actor) -> ResourceDraft:
    is_public = not any(item.sensitive and item.level > 1 for item in contract.items)
    return ResourceDraft(
        contract=contract,
        provider=actor.organisation,
        category=settings.SUIXIN.category,
        abstract=_abstract(contract, table),
        format_category=FORMAT_CATEGORY.get(table.format, "6"),
        format_type=table.format,
        share_type="conditional" if not is_public else "unconditional",
        share_condition="" if is_public else "含敏感信息项,按授权脱敏提供",
        open_type="unconditional" if is_public else "withheld",
        signature=matching.scoped_signature(table.columns, scope),
        group=group,
    )


def _abstract(contract: Contract, table: SourceTable) -> str:
    listed = "、".join(item.name for item in contract.items[:12])
    more = f"等 {len(contract.items)} 项" if len(contract.items) > 12 else ""
    return f"由来源文件自动生成的目录建议。信息项:{listed}{more}。"[:1000]
