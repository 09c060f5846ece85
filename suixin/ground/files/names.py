"""The name of a file as it is kept and offered: one component, readable, short."""

import unicodedata

MAX_NAME = 120
NAMELESS = "附件"
_UNWANTED = frozenset('<>:"|?*\\/')


def kept_name(given: object) -> str:
    """The last component of a name, NFC, without control and direction characters; the ending survives shortening."""
    text = unicodedata.normalize("NFC", str(given or "")).replace("\\", "/").rpartition("/")[2]
    text = "".join(c for c in text if c not in _UNWANTED and unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    text = " ".join(text.split()).lstrip(". ").rstrip(". ")
    if not text:
        return NAMELESS
    if len(text) <= MAX_NAME:
        return text
    stem, dot, ending = text.rpartition(".")
    return f"{stem[:MAX_NAME - 12]}.{ending[:10]}" if dot and stem else text[:MAX_NAME]
