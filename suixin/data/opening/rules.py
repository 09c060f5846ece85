"""What may be opened, and the words a dataset is found by."""

from collections.abc import Sequence

from suixin.data.access.sensitive import Found
from suixin.data.catalog import rules as catalog_rules
from suixin.data.catalog.contract import Contract
from suixin.ground.security.texts import FORBIDDEN
from suixin.kit import names

KINDS = {"resident_id": "像身份证号的内容", "bank_card": "像银行卡号的内容"}
FORMATS = ("csv", "xlsx", "json", "ndjson", "xml", "parquet")


def faults_of(contract: Contract, *, rows: int) -> list[str]:
    """Sentences on what forbids opening the table; empty when it may be opened.

    Source  个人信息保护法 art. 25; 开放数林 counts empty datasets as a quality fault (standards/data.md 3.4).
    """
    faults = catalog_rules.may_be_opened(contract)
    if rows == 0:
        faults.append("还没有入库的数据行")
    return faults


def faults_of_score(score: float | None, *, gate: int) -> list[str]:
    """The sentence on a newest batch whose total is below the publishing gate; none when it was not scored or there is no gate (0)."""
    if score is None or score >= gate:
        return []
    return [f"最近一批数据的质量总分是 {score:g},低于发布门槛 {gate};请先按拒收原因更正,再入库一批"]


def faults_of_text(found: Sequence[Found]) -> list[str]:
    """Sentences on personal values that stand in text which would be open: resident IDs and bank cards forbid it.

    Telephones, plates and addresses in text may be those of an office; they are not forbidden.
    Source  个人信息保护法 art. 25; what forbids is our choice.
    """
    return [
        f"信息项“{one.column.name}”的文字里有 {one.count} 处{KINDS[one.kind]}(第一处在行标识 {one.row}"
        f"{'' if one.is_whole else ';表太大,只隔行看过'})"
        for one in found if one.kind in FORBIDDEN
    ]


def formats_of(contract: Contract) -> list[str]:
    """Download formats of the table; GeoJSON where it has a place."""
    fields = {item.field for item in contract.items}
    has_place = any(item.type == "G" for item in contract.items) or {"longitude", "latitude"} <= fields
    return [*FORMATS, "geojson"] if has_place else list(FORMATS)


def search_text(title: str, contract_words: list[str], formats: list[str]) -> str:
    """Lower-case text that searching looks into: words, pinyin initials of the title, formats."""
    words = [title, names.pinyin_initials(title), *contract_words]
    return (" ".join(words) + " " + " ".join(f"format:{f} " for f in formats)).lower() + " "
