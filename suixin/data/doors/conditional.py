"""Conditional requests: does the client hold this already, which part does it want (RFC 9110)."""

import re

from suixin.data.doors.exchange import Request

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names `tag`."""
    asked = request.header("If-None-Match")
    held = [part.strip().removeprefix("W/") for part in asked.split(",")] if asked else []
    return tag in held or "*" in held


def wanted_range(request: Request, tag: str, size: int) -> tuple[int, int] | bool | None:
    """(first, last) byte wanted, None for all of it, False when the range lies outside."""
    condition = request.header("If-Range")
    match = _RANGE.fullmatch(request.header("Range").strip())
    if match is None or (condition and condition != tag) or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, size - 1) if length else False
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    return (start, end) if start < size else False
