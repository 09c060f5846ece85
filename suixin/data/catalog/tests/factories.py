"""Entries for tests: an organisation, a draft, a published resource."""

from suixin.data.catalog import actions
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode
from suixin.data.catalog.drafts import Assessed, ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM

ASSESSED = Assessed("保密评〔模拟〕1号", "个保评〔模拟〕1号")
BUREAU_USCC = "11510900008701231C"
ITEMS = (
    ItemSpec("code", "代码", ItemType.TEXT, 12, is_key=True, nullable=False),
    ItemSpec("name", "名称", ItemType.TEXT, 50),
    ItemSpec("amount", "数量", ItemType.NUMBER, 12, 2),
    ItemSpec("day", "日期", ItemType.DATE),
)


def bureau() -> Organisation:
    """The data bureau, made when missing."""
    return Organisation.objects.get_or_create(uscc=BUREAU_USCC, defaults={"name": "市数据局", "slug": "shujuju"})[0]


def draft(table: str = "some_table", items: tuple[ItemSpec, ...] = ITEMS, **metadata: object) -> ResourceDraft:
    """An entry before it is written."""
    bureau()
    metadata = {"secrecy_assessment": ASSESSED.secrecy, "privacy_assessment": ASSESSED.privacy, **metadata}
    mode = WriteMode.UPSERT if any(item.is_key for item in items) else WriteMode.APPEND
    contract = Contract("", table, "某资源", items, write_mode=mode)
    return ResourceDraft(contract=contract, provider=BUREAU_USCC, category="307001", **metadata)  # type: ignore[arg-type]  # test data


def assess() -> None:
    """Every entry that states no assessment states both."""
    Resource.objects.filter(secrecy_assessment="").update(
        secrecy_assessment=ASSESSED.secrecy, privacy_assessment=ASSESSED.privacy,
    )


def published(table: str = "some_table", items: tuple[ItemSpec, ...] = ITEMS, **metadata: object) -> Resource:
    """A resource whose contract is in force."""
    resource = actions.propose_resource(draft(table, items, **metadata), actor=SYSTEM)
    return actions.publish_resource(resource, actor=SYSTEM, reason="测试")
