"""Text to plain values, strictly: YAML or JSON of bounded size and depth, no anchors, no tags, no key twice.

Promise  no input makes it fail otherwise than with FaultyProcedure, or take long: size and depth are looked at first, and
         aliases (the bomb of YAML) are refused
"""

import json
from collections.abc import Callable, Hashable

import yaml

from suixin.ground.flow.errors import FaultyProcedure
from suixin.kit import yaml_text

MAX_CHARACTERS = 200_000
MAX_DEPTH = 20
Pairs = list[tuple[str, object]]


def read(text: str, faults: list[str]) -> object:
    """What the text says; keys that stand twice are added to `faults`. Raises FaultyProcedure when it says nothing readable."""
    if len(text) > MAX_CHARACTERS:
        raise _unreadable(f"文本有 {len(text)} 个字符，最多 {MAX_CHARACTERS} 个；请拆成几个流程。")
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise _unreadable("文本是空的；请写明 id、title 和 nodes。")
    try:
        return _json(text, faults) if text.lstrip().startswith("{") else _yaml(text, faults)
    except json.JSONDecodeError:
        return _yaml(text, faults)
    except RecursionError:
        raise _unreadable(f"嵌套超过 {MAX_DEPTH} 层；请写得平一些。") from None


def _json(text: str, faults: list[str]) -> object:
    def pairs(found: Pairs) -> dict[str, object]:
        seen: dict[str, object] = {}
        for key, value in found:
            if key in seen:
                faults.append(f"键“{key[:40]}”写了两次；请只留一个。")
            seen[key] = value
        return seen

    try:
        return json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number of thousands of digits
        raise _unreadable("有一个数过长；请改短。") from None


def _yaml(text: str, faults: list[str]) -> object:
    try:
        _scan(text)
        return _loader(faults)(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else ""
        problem = str(getattr(error, "problem", None) or "有不能用的字符")
        raise _unreadable(f"{place}不是合格的 YAML（{problem}）；请检查缩进、冒号后的空格和引号。") from None
    except (ValueError, OverflowError) as error:  # a date that is none, a number of thousands of digits
        raise _unreadable(f"有一个日期或数写得不对（{str(error)[:60]}）；文字请加引号。") from None


def _scan(text: str) -> None:
    """Nothing, when the text is shallow and without aliases: looked at event by event, before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml_text.LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _unreadable(f"{_line(event)}用了 YAML 的锚点（& 或 *）；请把内容写全。")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _unreadable(f"{_line(event)}嵌套超过 {MAX_DEPTH} 层；请写得平一些。")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _line(event: yaml.Event) -> str:
    return f"第 {event.start_mark.line + 1} 行" if event.start_mark else ""


def _loader(faults: list[str]) -> Callable[[str], object]:
    """A safe loader of one document that notes keys standing twice, each with its line."""

    class Loader(yaml_text.LOADER):  # type: ignore[misc, valid-type]  # chosen at import: in C where there is one
        pass

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, object]:
        seen: dict[Hashable, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                faults.append(f"第 {line} 行的键不是一个词；请写成“键: 值”。")
                continue
            key = loader.construct_object(key_node)
            if key in seen:
                faults.append(f"第 {line} 行的键“{str(key)[:40]}”写了两次；请只留一个。")
            seen[key] = loader.construct_object(value_node, deep=True)
        return seen

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return lambda text: yaml.load(text, Loader=Loader)  # noqa: S506  # it is the safe loader


def _unreadable(sentence: str) -> FaultyProcedure:
    return FaultyProcedure(f"流程声明读不了：{sentence}", [sentence])
