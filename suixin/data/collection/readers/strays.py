"""Lines of UTF-8 that got into a file of GB18030, as when two exports are joined: decoded as GB18030 they are nonsense.

A line counts as UTF-8 when all of it is, and it holds Chinese which bytes of GB18030 are not by chance: SURE characters,
or fewer that make no plausible Chinese when read as GB18030. Limits are our choice.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from suixin.data.collection.readers.limits import MAX_CELL_BYTES, MIB
from suixin.kit.plausibility import score_gb18030_and_big5

SURE = 6
PLAUSIBLE = 0.5  # mean of real lines is 1 to 2, of UTF-8 read as GB18030 below 0 (kit.plausibility)
_CHUNK = 4 * MIB
_CHINESE = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
_ASCII = rb"[\x00-\x09\x0b-\x7f]"
_WHOLLY = re.compile(rb"(?m)^" + _ASCII + rb"*+[\xc2-\xef](?:(?<=[\xc2-\xdf])|(?<=[\xe1-\xef])[\x80-\xbf])[\x80-\xbf]"
                     rb"(?:" + _ASCII + rb"|[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2})*+$")


def whole_lines(path: Path) -> Iterator[bytes]:
    """The file in pieces that end where a line does (one that never ends is cut); LF is no part of another character."""
    rest = b""
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            chunk = rest + chunk
            end = chunk.rfind(b"\n") + 1
            if not end and len(chunk) < MAX_CELL_BYTES:
                rest = chunk
                continue
            end = end or len(chunk)
            yield chunk[:end]
            rest = chunk[end:]
    if rest:
        yield rest


def with_strays_mended(lines: bytes) -> tuple[bytes, int]:
    """Lines of GB18030 with those of UTF-8 brought to GB18030, and how many these were."""
    count = 0

    def mended(match: re.Match[bytes]) -> bytes:
        nonlocal count
        line = match.group()
        if not _is_stray(line):
            return line
        count += 1
        return line.decode("utf-8").encode("gb18030")

    return _WHOLLY.sub(mended, lines), count


def _is_stray(line: bytes) -> bool:
    chinese = len(_CHINESE.findall(line))
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return chinese >= SURE or (chinese > 0 and score_gb18030_and_big5(line)[0] < PLAUSIBLE)
