"""Patterns of paths: `*` and `?` within one folder, `**` over any folders, `[...]`; matched in linear time by the standard library."""

from fnmatch import fnmatchcase

from suixin.data.collection.errors import WrongSource

MOST_PARTS = 32


def fits(path: str, pattern: str) -> bool:
    """Whether the path (with /) fits the pattern as a whole; a pattern without / is one of names, wherever they lie."""
    if "/" not in pattern and pattern != "**":
        return fnmatchcase(path.rsplit("/", 1)[-1], pattern or "*")
    return _fits(tuple(path.split("/")), tuple(pattern.split("/")))


def _fits(parts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    reached = {0}  # how many parts the patterns so far may have taken
    for one in patterns:
        if one == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else set()
        else:
            reached = {n + 1 for n in reached if n < len(parts) and fnmatchcase(parts[n], one)}
    return len(parts) in reached


def checked(pattern: str) -> str:
    """The pattern. Raises WrongSource when it leads upwards or is too deep."""
    parts = pattern.strip().strip("/").split("/")
    if ".." in parts or len(parts) > MOST_PARTS or "\0" in pattern:
        raise WrongSource("文件名模式里不能有“..”;写法如 *.csv 或 上报/**/*.xlsx。")
    return "/".join(parts)
