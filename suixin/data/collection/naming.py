"""What a proposal is called: a title for readers and a table name, from files, folder, sheet and title line.

Several files share what their names have in common. Known words (`words`) become a Chinese title in the order
place, level, subject, kind, frequency; unknown ones follow in brackets; a name without any known word is only
tidied. Folders help when the file names have no subject. A path is never a title.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from suixin.data.collection.words import CYCLES, LIST_ENDINGS, STANDARDS, WHOLE_ENDINGS, WORDS, Part
from suixin.data.quality.source import SourceTable
from suixin.kit import names

MAX_TITLE = 40
_ENDINGS = re.compile(
    r"(\.(csv|tsv|txt|json|ndjson|jsonl|geojson|xlsx?|xlsm|parquet|db|sqlite3?|gz|zst|zip))+$", re.IGNORECASE
)
_DAY = r"(?:19|20)\d{2}(?:[-_.年]?\d{1,2}[-_.月]?\d{1,2}日?)(?:T\d{1,6})?"
_DATES = re.compile(rf"(?<!\d){_DAY}(?:\s*[-~至]\s*{_DAY})?(?!\d)")
_STANDARD = re.compile(r"\b(GB|ISO)[-_/ ]?T?[-_ ]?(\d{4,5})(?:[-_](\d{1,4}))?", re.IGNORECASE)
_GAPS = re.compile(r"[\s_#,,、()()\[\]]+|(?<!\d)[-.]|[-.](?!\d)")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Naming:
    """A title, a table name that may still be taken, the Chinese words of the title, the update cycle they tell."""

    title: str
    table: str
    words: tuple[str, ...]
    cycle: str = ""


def naming_of(files: Sequence[tuple[str, SourceTable]], *, scope: str) -> Naming:
    """How to call the table that these files (names without folders) of one folder make."""
    stems = [stem_of(name) for name, _ in files]
    first = files[0][1]
    sheet = _sheet(first, stems[0])
    tokens = _shared([tokens_of(stem) for stem in stems])
    folders = [token for token in tokens_of(scope) if any(zh for _, zh in _known([token]))]
    named = [*folders, *tokens] if not _has_subject(tokens) else tokens
    title = _title(stems, tokens, named, scope)
    if len(files) == 1 and not _CHINESE.search(title) and 0 < len(first.title) <= MAX_TITLE:
        title = first.title
    if sheet:
        title = f"{title}·{sheet}"
    slug = " ".join([*named, sheet]) if " ".join(named).isascii() else title
    words = tuple(dict.fromkeys(zh for _, zh in _known(named) if zh and "数据" not in zh))
    cycle = next((CYCLES[zh] for _, zh in _known(named) if zh in CYCLES), "")
    return Naming(title[:200], _table(slug or title), words, cycle)


def group_title(scope: str, files: Sequence[str]) -> str:
    """A title for a group: the file's name when one file holds all tables, else the last folder's."""
    if len(set(files)) == 1:
        stem = stem_of(files[0])
        return _title([stem], tokens_of(stem), tokens_of(stem), scope)
    last = PurePosixPath(scope).name
    return _title([last], tokens_of(last), tokens_of(last), "")


def stem_of(file_name: str) -> str:
    """The file's name without folders and endings, however many: "a.csv.gz" is "a"."""
    return _ENDINGS.sub("", PurePosixPath(file_name).name)


def undated(stem: str) -> str:
    """A stem without the days in it; a lone year stays, it tells editions apart."""
    return _DATES.sub(" ", stem)


def tokens_of(text: str) -> list[str]:
    """Words of a name: split at gaps and humps, days left out; "2019-nCoV" stays one word."""
    bare = undated(text.replace("/", " ")).replace("2019-nCoV", "ncov").replace("lithium_carbonate", "lithiumcarbonate")
    pieces = (piece for gap in _GAPS.split(bare) for piece in (_HUMPS.split(gap) if gap.isascii() else [gap]))
    return [piece for piece in pieces if piece]


def _shared(all_tokens: Sequence[list[str]]) -> list[str]:
    rest = [set(tokens) for tokens in all_tokens[1:]]
    return [token for token in all_tokens[0] if all(token in tokens for tokens in rest)]


def _sheet(table: SourceTable, stem: str) -> str:
    name = stem_of(table.name)
    is_telling = name not in ("", stem) and not re.fullmatch(r"(sheet|feuille|лист|工作表)\s*\d*", name, re.IGNORECASE)
    return name if is_telling else ""


def _known(tokens: Iterable[str]) -> list[tuple[Part, str]]:
    return [WORDS[token.lower()] for token in tokens if token.lower() in WORDS]


def _has_subject(tokens: Iterable[str]) -> bool:
    return any(zh and part in (Part.SUBJECT, Part.KIND) for part, zh in _known(tokens)) or any(
        _CHINESE.search(token) for token in tokens
    )


def _title(stems: Sequence[str], tokens: Sequence[str], named: Sequence[str], scope: str) -> str:
    standard = _STANDARD.search(stems[0]) if len(set(map(_code, stems))) == 1 else None
    if standard and standard[2] in STANDARDS:
        return f"{STANDARDS[standard[2]]}({_code(stems[0])})"
    if any(_CHINESE.search(token) for token in tokens):
        return _chinese(stems, tokens, scope)
    if not any(zh for _, zh in _known(named)):
        return _tidy(tokens or named) or stems[0]
    lowered = [token.lower() for token in named]
    return _composed(named[: lowered.index("by")] if "by" in lowered[1:] else named)


def _code(stem: str) -> str:
    found = _STANDARD.search(stem)
    return f"{found[1].upper()} {found[2]}{'-' + found[3] if found[3] else ''}" if found else stem


def _chinese(stems: Sequence[str], tokens: Sequence[str], scope: str) -> str:
    title = undated(stems[0]).strip(" _-.") if len(stems) == 1 else " ".join(tokens)
    folder = PurePosixPath(scope).name
    return f"{folder}·{title}" if _CHINESE.search(folder) and folder not in title else title


def _composed(tokens: Sequence[str]) -> str:
    """A Chinese title of the known words, the unknown ones in brackets."""
    by_part: dict[Part, list[str]] = {part: [] for part in Part}
    for part, zh in _known(tokens):
        if zh and zh not in by_part[part]:
            by_part[part].append(zh)
    body = "".join(zh for part in (Part.PLACE, Part.LEVEL, Part.SUBJECT, Part.KIND) for zh in by_part[part])
    if by_part[Part.FREQUENCY]:
        body += by_part[Part.FREQUENCY][0]
    elif body.endswith(LIST_ENDINGS):
        body += "名录"
    elif not body.endswith(WHOLE_ENDINGS):
        body += "数据"
    rest = list(dict.fromkeys(token for token in tokens if token.lower() not in WORDS))
    return f"{body}({' '.join(rest)})" if rest else body


def _tidy(tokens: Sequence[str]) -> str:
    text = " ".join(tokens)
    return text[:1].upper() + text[1:]


def _table(text: str) -> str:
    wanted = names.slugify(text).replace("-", "_") or "table"
    return wanted if wanted[0].isalpha() else f"t_{wanted}"
