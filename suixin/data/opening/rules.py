"""What may be opened, and the words a dataset is found by."""

from suixin.data.catalog import rules as catalog_rules
from suixin.data.catalog.contract import Contract
from suixin.kit import names

FORMATS = ("csv", "xlsx", "json", "ndjson", "xml", "parquet")


def faults_of(contract: Contract, *, rows: int) -> list[str]:
    """Sentences on what forbids opening the table; empty when it may be opened.

    Source  个人信息保护法 art. 25; 开放数林 counts empty datasets as a quality fault (standards/data.md 3.4).
    """
    faults = catalog_rules.may_be_opened(contract)
    if rows == 0:
        faults.append("还没有入库的数据行")
    return faults


def formats_of(contract: Contract) -> list[str]:
    """Download formats of the table; GeoJSON where it has a place."""
    fields = {item.field for item in contract.items}
    has_place = any(item.type == "G" for item in contract.items) or {"longitude", "latitude"} <= fields
    return [*FORMATS, "geojson"] if has_place else list(FORMATS)


def search_text(title: str, contract_words: list[str], formats: list[str]) -> str:
    """Lower-case text that searching looks into: words, pinyin initials of the title, formats."""
    words = [title, names.pinyin_initials(title), *contract_words]
    return (" ".join(words) + " " + " ".join(f"format:{f} " for f in formats)).lower() + " "
