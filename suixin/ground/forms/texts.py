"""Text as people post it: made one form (NFC), and refused by name where it holds what nobody means to write."""

import unicodedata

MAX_MARKS = 4  # combining marks in a row
_DIRECTION = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)))
_INVISIBLE = frozenset(map(chr, (0x200B, 0x2060, 0xFEFF, 0x00AD, 0x180E, 0x3164, 0x115F, 0x1160, *range(0xE0000, 0xE0080))))
_UNWANTED = frozenset({"Cc", "Cs", "Co", "Cn"})
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_NAMES = {"\0": "空字符", "\t": "制表符", "\n": "换行", "\r": "换行"}


def cleaned(raw: str, *, has_lines: bool) -> tuple[str, str]:
    """(text, fault): the text in NFC without outer blanks; a fault names the first character that cannot stay."""
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = unicodedata.normalize("NFC", lines).strip()
    if not has_lines and "\n" in text:
        return "", "这里只能写一行，请去掉换行"
    allowed = frozenset("\n\t") if has_lines else frozenset()
    marks = 0
    for place, character in enumerate(text, 1):
        category = unicodedata.category(character)
        if (category in _UNWANTED and character not in allowed) or character in _DIRECTION or character in _INVISIBLE:
            return "", f"第 {place} 个字符是看不见的控制字符（{_named(character)}），请删去；从别处粘贴时常会带上"
        marks = marks + 1 if category == "Mn" else 0
        if marks > MAX_MARKS:
            return "", f"第 {place} 个字符前叠了太多附加符号，请删去"
    return text, ""


def plain(raw: str) -> str:
    """Numbers, codes and dates as typed on a Chinese keyboard: full-width letters and digits become plain ones."""
    return raw.translate(_WIDE).strip()


def _named(character: str) -> str:
    return _NAMES.get(character) or f"U+{ord(character):04X}"
