"""A Chinese font inside a PDF: of a font of this machine just the characters that the paper says, as TrueType outlines.

Which    the first of `NAMES` (SIL Open Font License, which permits embedding) below `FOLDERS`; Debian: fonts-noto-cjk
Size     some hundred characters, about 60 KB; a character that the font lacks is shown as a box
Same     the same characters of the same font are the same bytes: no date, a name that tells nothing but what is in it
"""

import hashlib
import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any  # fontTools and reportlab have no types

NAMES = (
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "NotoSansSC-Regular.ttf",
    "SourceHanSansSC-Regular.otf", "SourceHanSansCN-Regular.otf",
)
FOLDERS = ("/usr/local/share/fonts", "/usr/share/fonts")
_SIMPLIFIED = "SC"
_MOST_ERROR = 1.0  # units of 1,000 an em by which a curve may differ
_KEPT = 32
_lock = threading.Lock()
_registered: list[str] = []


@cache
def chinese_font() -> Path | None:
    """The font file to take characters from; None when this machine has none."""
    folders = [Path(folder) for folder in FOLDERS if Path(folder).is_dir()]
    for name in NAMES:
        for folder in folders:
            if found := next(iter(sorted(folder.rglob(name))), None):
                return found
    return None


def registered(text: str) -> str | None:
    """The name under which reportlab knows a font with the characters of the text; None when there is no font to take them from."""
    path = chinese_font()
    if path is None:
        return None
    letters = "".join(sorted({letter for letter in text if letter.isprintable()} | {" "}))
    name = f"SuixinHan-{hashlib.sha256(f'{path.name} {letters}'.encode()).hexdigest()[:12]}"
    with _lock:
        if name not in _registered:
            _register(name, subset(path, letters, name))
    return name


def subset(path: Path, letters: Iterable[str], name: str) -> bytes:
    """A TrueType font called `name` (letters and digits of ASCII) that has these characters of the font file, and no others."""
    from fontTools.fontBuilder import FontBuilder

    with _opened(path) as source:
        known, glyphs = source.getBestCmap(), source.getGlyphSet()
        unit, head = int(source["head"].unitsPerEm), source["hhea"]
        mapped = {ord(letter): known[ord(letter)] for letter in letters if ord(letter) in known}
        order = [".notdef", *sorted(set(mapped.values()) - {".notdef"})]
        drawn = {one: _outline(glyphs, one, unit) for one in order}
        widths = {one: int(glyphs[one].width) for one in order}
        ascent, descent = int(head.ascent), int(head.descent)
    built = FontBuilder(unit, isTTF=True)
    built.setupGlyphOrder(order)
    built.setupCharacterMap(mapped)
    built.setupGlyf(drawn)
    built.setupHorizontalMetrics({one: (width, int(getattr(drawn[one], "xMin", 0))) for one, width in widths.items()})
    built.setupHorizontalHeader(ascent=ascent, descent=descent)
    built.setupNameTable({"familyName": name, "styleName": "Regular", "uniqueFontIdentifier": name, "fullName": name, "psName": name})
    built.setupOS2(sTypoAscender=ascent, sTypoDescender=descent, fsType=0)
    built.setupPost(keepGlyphNames=False)
    built.font["head"].created = built.font["head"].modified = 0
    built.font.recalcTimestamp = False
    stream = io.BytesIO()
    built.save(stream)
    return stream.getvalue()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The font of the file; of a collection the one for simplified Chinese, else the first."""
    from fontTools.ttLib import TTCollection, TTFont

    if path.suffix.lower() != ".ttc":
        with TTFont(path, lazy=True) as font:
            yield font
        return
    with TTCollection(path, lazy=True) as held:
        yield next((one for one in held.fonts if _SIMPLIFIED in str(one["name"].getDebugName(1)).split()), held.fonts[0])


def _outline(glyphs: Any, name: str, unit: int) -> Any:  # noqa: ANN401 untyped
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    glyphs[name].draw(Cu2QuPen(pen, _MOST_ERROR * unit / 1000, reverse_direction=True))
    return pen.glyph()


def _register(name: str, content: bytes) -> None:
    """Make the font known to reportlab, which keeps fonts by name for the whole process; the oldest is forgotten."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont(name, io.BytesIO(content)))
    _registered.append(name)
    if len(_registered) > _KEPT:
        old = _registered.pop(0)
        for held in (pdfmetrics._fonts, pdfmetrics._dynFaceNames):
            held.pop(old, None)
