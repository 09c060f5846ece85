"""Dates and date-times as written, typed: Chinese, dotted, compact, partial, Excel serials, zones.

One pattern reads them all after the compact, serial and year-only spellings were rewritten into it.
"""

import pyarrow as pa

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.quality.cells import BLANKS, Fault, Steps, applied_mask, slow_text, was_folded
from suixin.data.quality.sql import any_of

MOMENT_PATTERN = (
    r"^([1-9][0-9]{3})(?:年|[-/.])\s*([0-9]{1,2})(?:(?:月|[-/.])\s*([0-9]{1,2})[日号]?|月)?"
    r"(?:[T\s]*([0-9]{1,2})[:时点]([0-9]{1,2})分?(?::?([0-9]{1,2})秒?)?(\.[0-9]{1,9})?\s*(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$"
)
_SERIAL = r"[1-9][0-9]{4}(\.[0-9]+)?"
_FAST = {
    ItemType.DATE: "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}",
    ItemType.DATETIME: "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
}


def moment_steps(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    """The expressions that type a date or date-time item."""
    q, p, t = f"q{index}", f"p{index}", f"t{index}"
    is_date = item.type is ItemType.DATE
    local = _local_time(p)
    if is_date:
        whole_day = f"CAST({local} AS DATE)"
        typed = f"CASE WHEN {p}.h = '' THEN {_day(p)} WHEN {local} = {whole_day} THEN {whole_day} END"
    else:
        typed = f"CASE WHEN {p}.h = '' THEN CAST({_day(p)} AS TIMESTAMP) ELSE {local} END"
    rules = {
        "full_width": was_folded(f"r{index}", q),
        "date_form": f"{q} = {t} AND regexp_matches({q}, '[年/.]|^[0-9]{{4}}-([0-9]-|[0-9]{{2}}-[0-9]([^0-9]|$))')",
        "date_compact": f"{q} <> {t} AND regexp_full_match({t}, '[0-9]{{8,14}}')",
        "date_serial": f"regexp_full_match({t}, '{_SERIAL}')",
        "date_partial": f"{p}.y <> '' AND {p}.d = ''",
        "zone": f"{p}.z <> ''",
    }
    if is_date:
        rules["date_midnight"] = f"{p}.h <> '' AND NOT regexp_full_match({t}, '{_SERIAL}')"
    parts = "['y', 'm', 'd', 'h', 'i', 's', 'f', 'z']"
    return Steps(
        fast=_fast_moment(item, index, source),
        cleaned=slow_text(index),
        text=_canonical_moment(t),
        parts=f"CASE WHEN {q} <> '' THEN regexp_extract({q}, '{MOMENT_PATTERN}', {parts}) END",
        value=f"CASE WHEN {q} IS NULL THEN f{index} WHEN {q} = '' OR {p}.y = '' THEN NULL ELSE {typed} END",
        applied=applied_mask(index, rules),
        faults=(Fault("type", f"{q} <> '' AND v{index} IS NULL"),),
    )


def _canonical_moment(t: str) -> str:
    """Compact, serial and year-only spellings rewritten so that one pattern reads them all."""
    digits = f"{t}[1:4] || '-' || {t}[5:6] || '-' || {t}[7:8]"
    serial = f"to_microseconds(CAST(round(TRY_CAST({t} AS DOUBLE) * 86400) AS BIGINT) * 1000000)"
    return (
        f"CASE WHEN {t} IN {any_of(BLANKS)} THEN ''"
        f" WHEN regexp_full_match({t}, '[0-9]{{8}}') THEN {digits}"
        f" WHEN regexp_full_match({t}, '[0-9]{{12}}') THEN {digits} || ' ' || {t}[9:10] || ':' || {t}[11:12]"
        f" WHEN regexp_full_match({t}, '[0-9]{{14}}') THEN"
        f" {digits} || ' ' || {t}[9:10] || ':' || {t}[11:12] || ':' || {t}[13:14]"
        f" WHEN regexp_full_match({t}, '{_SERIAL}') THEN CAST(TIMESTAMP '1899-12-30' + {serial} AS VARCHAR)"
        f" WHEN regexp_full_match({t}, '[0-9]{{4}}年') THEN {t}[1:4] || '年1月' ELSE {t} END"
    )


def _day_text(p: str) -> str:
    return f"{p}.y || '-' || {p}.m || '-' || if({p}.d = '', '1', {p}.d)"


def _day(p: str) -> str:
    return f"TRY_CAST({_day_text(p)} AS DATE)"


def _local_time(p: str) -> str:
    """The moment on a Chinese clock; a zone in the text is honoured."""
    clock = f"{p}.h || ':' || {p}.i || ':' || if({p}.s = '', '0', {p}.s) || {p}.f"
    stamp = f"TRY_CAST({_day_text(p)} || ' ' || {clock} AS TIMESTAMP)"
    minutes = (
        f"(TRY_CAST({p}.z[2:3] AS INTEGER) * 60 + coalesce(TRY_CAST(substr(replace({p}.z, ':', ''), 4) AS INTEGER), 0))"
    )
    offset = f"(CASE WHEN {p}.z = 'Z' THEN 0 WHEN {p}.z[1] = '-' THEN -{minutes} ELSE {minutes} END)"
    return f"(CASE WHEN {p}.z = '' THEN {stamp} ELSE {stamp} + to_minutes(480 - {offset}) END)"


def _fast_moment(item: ItemSpec, index: int, source: pa.DataType) -> str:
    r, s = f"r{index}", f"s{index}"
    target = "DATE" if item.type is ItemType.DATE else "TIMESTAMP"
    if pa.types.is_date(source):
        return f"CAST({s} AS {target})"
    if pa.types.is_timestamp(source) and source.tz is None:
        if target == "TIMESTAMP":
            return f"CAST({s} AS TIMESTAMP)"
        return f"CASE WHEN {s} = CAST({s} AS DATE) THEN CAST({s} AS DATE) END"
    return f"CASE WHEN regexp_full_match({r}, '{_FAST[item.type]}') THEN TRY_CAST({r} AS {target}) END"
