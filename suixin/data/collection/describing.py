"""The metadata of a proposal beside its items: theme, keywords, abstract, source; guesses that a person confirms."""

from collections.abc import Sequence
from datetime import date

from suixin.data.catalog.contract import Contract, ItemType
from suixin.data.collection.words import PLAIN_ITEMS, THEMES
from suixin.data.quality.candidates import tells_about
from suixin.data.quality.profile import TableProfile
from suixin.data.quality.propose import days_of

TITLE_WEIGHT = 5
FOLDER_WEIGHT = 2
MAX_KEYWORDS = 6
LISTED_ITEMS = 10
LISTED_FILES = 3


def theme_of(title: str, scope: str, headers: Sequence[str]) -> str:
    """The theme whose words the title, the folder and the headers use most; "" when none of them does."""
    said, folder, columns = title.lower(), scope.lower(), [header.lower() for header in headers]
    scores = {
        theme: sum(
            TITLE_WEIGHT * (word in said) + FOLDER_WEIGHT * (word in folder) + any(word in one for one in columns)
            for word in words
        )
        for theme, words in THEMES.items()
    }
    best = max(scores, key=lambda theme: scores[theme])
    return best if scores[best] else ""


def keywords_of(words: Sequence[str], theme: str, contract: Contract) -> tuple[str, ...]:
    """What a reader may search for: the title's words, the theme, then items with a Chinese name."""
    items = [item.name for item in contract.items if not item.name.isascii() and len(item.name) <= 8]
    items = [name for name in items if name not in PLAIN_ITEMS]
    return tuple(dict.fromkeys([*words, *([theme] if theme else []), *items]))[:MAX_KEYWORDS]


def source_note(files: Sequence[str], scope: str) -> str:
    """The files that made the proposal."""
    listed = "、".join(files[:LISTED_FILES])
    more = f" 等 {len(files)} 个文件" if len(files) > LISTED_FILES else ""
    folder = f"(目录 {scope})" if scope else ""
    return f"来源文件:{listed}{more}{folder}"[:500]


def abstract_of(contract: Contract, profile: TableProfile, *, files: int) -> str:
    """What the table holds, in sentences: its own title with the unit line, items, key, rows, days covered."""
    names = [item.name for item in contract.items]
    more = f"等 {len(names)} 项" if len(names) > LISTED_ITEMS else f"共 {len(names)} 项"
    key = "、".join(item.name for item in contract.items if item.is_key)
    grain = f"以{key}确定一行。" if key else "没有可确认的主键,按批追加。"
    days = _span(contract, profile)
    span = f"日期从 {days[0]} 到 {days[1]}。" if days else ""
    titled = f"原表标题:{profile.title[:200]}。" if profile.title else ""
    batch = f"首批 {profile.rows:,} 行" + (f",来自 {files} 个文件" if files > 1 else "")
    return f"{contract.title}:{'、'.join(names[:LISTED_ITEMS])}{more}。{titled}{grain}{span}{batch}。由来源文件自动编目,请补充业务说明。"[
        :1000
    ]


def _span(contract: Contract, profile: TableProfile) -> tuple[date, date] | None:
    """First and last day of the first item that is a date, when all its values are known; not of a birthday and its like."""
    for item, column in zip(contract.items, profile.columns, strict=True):
        if item.type in (ItemType.DATE, ItemType.DATETIME) and not tells_about(column.header):
            days = days_of(column.values)
            if len(days) > 1:
                return min(days), max(days)
    return None
