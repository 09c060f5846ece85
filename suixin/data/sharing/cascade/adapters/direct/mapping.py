"""What things of ours are in the fields of 数据直达, and what its codes mean here; pure.

Form     all names in lower case; lists as JSON; days as YYYY-MM-DD
States   of a request (standards/data.md 6.3): 0 未上报, 1 上报待审, 2 管理员驳回, 3 国家驳回, 4 已撤销, 5 通过, 8 驳回
Ours     names of fields and codes of objections are our choice, replaced by what the platform issues (`names`, `codes`)
"""

import re
from collections.abc import Mapping
from typing import Any  # bodies are JSON

from suixin.data.catalog.contract import ItemSpec, ItemType, Level

SERVICES = {
    "catalog_register": "目录注册", "catalog_change": "目录变更", "catalog_revoke": "目录撤销", "catalog_query": "目录查询",
    "resource_register": "资源注册", "resource_change": "资源变更", "resource_revoke": "资源撤销", "resource_query": "资源查询",
    "resource_apply": "资源共享申请", "apply_status": "申请审批状态", "objection_report": "异议填报", "objection_status": "异议处理结果",
}
PATH = re.compile(r"/sysapi/[0-9A-Za-z/_.-]{1,200}")
STATES = {"0": "deciding", "1": "deciding", "2": "refused", "3": "refused", "4": "ended", "5": "agreed", "8": "refused"}
STAGES = {"0": "未上报", "1": "上报待审", "2": "管理员驳回", "3": "国家驳回", "4": "已撤销", "5": "通过", "8": "驳回"}
VERDICTS = {"2": "corrected", "3": "refuted", "4": "refused"}  # 1: being looked at
SHARED = {"1": "unconditional", "2": "conditional", "3": "withheld"}
_DEFAULTS = {"states": STATES, "verdicts": VERDICTS, "share_type": SHARED}
MEANT = {  # what a code may mean
    "states": ("deciding", "agreed", "refused", "ended"), "verdicts": ("corrected", "refuted", "refused"),
    "share_type": ("unconditional", "conditional", "withheld"),
}
_GONE = {"4", "withdrawn", "revoked"}
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}")

Json = dict[str, Any]


def is_header(text: str) -> bool:
    """Whether that may stand in a header of a call."""
    return text.isascii() and text.isprintable()


def code_of(group: str, theirs: object, codes: Mapping[str, Mapping[str, str]]) -> str:
    """What their code means here; "" when nobody knows it."""
    return {**_DEFAULTS[group], **codes.get(group, {})}.get(str(theirs), "")


def theirs_of(group: str, ours: str, codes: Mapping[str, Mapping[str, str]]) -> str:
    """Their code of what we mean; ours when nobody knows one."""
    return next((code for code, meant in {**_DEFAULTS[group], **codes.get(group, {})}.items() if meant == ours), ours)


def named(body: Mapping[str, Any], names: Mapping[str, str]) -> Json:
    """The body under the names that the platform has for our fields, items of lists too."""
    return {names.get(name, name): [named(one, names) if isinstance(one, Mapping) else one for one in value]
            if isinstance(value, list) else value for name, value in body.items()}


def unnamed(body: Mapping[str, Any], names: Mapping[str, str]) -> Json:
    """What the platform answered under our names of its fields."""
    ours = {theirs: name for name, theirs in names.items()}
    return {ours.get(name, name): [unnamed(one, names) if isinstance(one, Mapping) else one for one in value]
            if isinstance(value, list) else value for name, value in body.items()}


def opened(body: Mapping[str, Any], names: Mapping[str, str]) -> Json:
    """What the platform answered under our names, rows of data in it as they came: their fields are the entry's, not the interface's."""
    ours = {theirs: name for name, theirs in names.items()}
    return {ours.get(name, name): value for name, value in body.items()}


def entry_body(entry: Mapping[str, Any], *, division: str, codes: Mapping[str, Mapping[str, str]]) -> Json:
    """An event of our catalogue as the platform registers it."""
    content = entry["content"]
    return {
        "cata_code": entry["code"], "cata_title": entry["title"], "cata_version": entry["version"], "org_name": entry["provider"],
        "org_code": content.get("provider", ""), "region_code": division, "abstract": content.get("abstract", ""),
        "share_type": theirs_of("share_type", str(content.get("share_type", "")), codes),
        "share_condition": content.get("share_condition", ""), "update_cycle": content.get("update_cycle", ""),
        "items": [_item_body(one) for one in content.get("items", ())],
    }


def resource_body(entry: Mapping[str, Any], *, up_id: str, division: str, codes: Mapping[str, Mapping[str, str]]) -> Json:
    """The table of an entry of ours as the platform registers it, beside the entry that it knows under `up_id`."""
    content = entry["content"]
    return {
        "res_code": entry["code"], "cata_code": entry["code"], "up_cata_id": up_id, "res_title": entry["title"],
        "res_version": entry["version"], "res_type": "table", "table_name": entry["table"], "org_name": entry["provider"],
        "org_code": content.get("provider", ""), "region_code": division,
        "share_type": theirs_of("share_type", str(content.get("share_type", "")), codes), "update_cycle": content.get("update_cycle", ""),
        "item_fields": [one["field"] for one in content.get("items", ())],
    }


def is_gone(row: Mapping[str, Any]) -> bool:
    """Whether what the platform lists is no more in force there."""
    return str(row.get("status", "")) in _GONE


def ask_body(said: Mapping[str, Any], *, number: str) -> Json:
    """A request as the platform takes it; `number` is ours."""
    basis = "".join(part for part in (said["law"], f"（{said['document']}）" if said["document"] else "", said["article"]) if part)
    return {
        "apply_no": number, "cata_code": said["code"], "apply_org_name": said["asker"], "apply_org_code": said["uscc"],
        "apply_basis": basis, "apply_scene": said["scenario"], "region_codes": list(said["divisions"]), "end_date": said["until"],
        "row_condition": said["row_filter"], "item_fields": list(said["columns"]),
    }


def objection_body(said: Mapping[str, Any], *, number: str) -> Json:
    """A doubt of a row as the platform takes it."""
    key = "；".join(f"{name}={value}" for name, value in sorted(dict(said["row"]).items()))
    return {
        "objection_no": number, "apply_no": said.get("request", ""), "item_field": said["field"], "row_key": key,
        "right_value": said["expected"], "objection_reason": said["evidence"], "objection_org_name": said["asker"],
    }


def entry_of(row: Mapping[str, Any], *, codes: Mapping[str, Mapping[str, str]]) -> Json:
    """An entry of the platform's catalogue as an event of ours. Raises ValueError, KeyError, TypeError: it has not the form."""
    items = [_item_of(one) for one in row.get("items") or ()]
    code, moment = str(row["cata_code"]), int(row["update_time"])
    return {
        "number": moment, "kind": "withdrawn" if is_gone(row) else "published", "code": code, "table": str(row.get("up_cata_id", code)),
        "title": str(row["cata_title"]), "provider": str(row.get("org_name", "")),
        "version": int(row.get("cata_version") or 1), "digest": "",
        "content": {
            "items": items, "abstract": str(row.get("abstract", "")), "share_condition": str(row.get("share_condition", "")),
            "share_type": code_of("share_type", row.get("share_type"), codes) or "conditional", "provider": str(row.get("org_code", "")),
            "update_cycle": str(row.get("update_cycle", "")),
        },
    }


def _item_body(item: Mapping[str, Any]) -> Json:
    return {
        "item_name": item["name"], "item_field": item["field"], "item_type": item["type"], "item_length": item.get("length"),
        "item_scale": item.get("scale"), "is_key": "1" if item.get("is_key") else "0", "item_level": str(item.get("level", 1)),
        "item_desc": item.get("description", ""),
    }


def _item_of(told: Mapping[str, Any]) -> ItemSpec:
    field = str(told["item_field"]).lower()
    if not _FIELD.fullmatch(field):
        raise ValueError(field)
    kind, is_key = str(told.get("item_type") or "C"), str(told.get("is_key")) == "1"
    return ItemSpec(
        field, str(told["item_name"]), ItemType(kind) if kind in list(ItemType) else ItemType.TEXT,
        length=int(told.get("item_length") or 0) or None, scale=int(told.get("item_scale") or 0) or None, is_key=is_key,
        nullable=not is_key, level=Level(int(told.get("item_level") or 1)), description=str(told.get("item_desc", "")),
    )
