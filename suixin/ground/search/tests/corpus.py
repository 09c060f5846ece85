"""The corpus and the pairs of questions and answers, from their files beside this one."""

from collections.abc import Iterator
from pathlib import Path

from suixin.ground.search import actions, finding
from suixin.ground.search.engines import Scope
from suixin.ground.search.registry import Entry

HERE = Path(__file__).parent
KIND = "corpus"
SCOPE = Scope(KIND)


def entries() -> Iterator[Entry]:
    """One entry a line; abstracts say what the title and the first items say, as departments write them."""
    department = theme = ""
    for number, line in enumerate((HERE / "corpus.txt").read_text("utf-8").splitlines()):
        if line.startswith("## "):
            department, _, theme = line[3:].partition("|")
        elif line and not line.startswith("#"):
            title, _, rest = line.partition(": ")
            items = rest.split("、")
            yield Entry(
                KIND, title, title, department=department, items=items, is_public=True,
                abstract=f"{department}在履行职责中形成的{title},包括{'、'.join(items[:3])}等内容。",
                facets={"theme": [theme], "provider": [department], "level": [str(1 + number % 3)]},
            )


def fill() -> int:
    """The whole corpus in the index; how many entries."""
    made = list(entries())
    for entry in made:
        actions.put(entry)
    return len(made)


def pairs(name: str) -> list[tuple[str, str, list[str]]]:
    """(section, question, titles) of a file of pairs."""
    section, made = "", []
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif "=>" in line and not line.startswith("#"):
            question, _, titles = line.partition("=>")
            made.append((section, question.strip(), [title.strip() for title in titles.split(";")]))
    return made


def recall(name: str, *, depth: int = 10) -> tuple[float, list[str]]:
    """Mean share of the answers among the first `depth`, and a line for each question that missed one."""
    shares, missed = [], []
    for section, question, titles in pairs(name):
        found = [one.title for one in finding.search(SCOPE, question, size=depth).documents]
        shares.append(sum(title in found for title in titles) / len(titles))
        if shares[-1] < 1:
            missed.append(f"{section} {question} => {'; '.join(titles)} | {found[:4]}")
    return sum(shares) / len(shares), missed
