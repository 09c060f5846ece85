"""`suixin procedure`: say what speaks against a declaration, publish it, show it in another form; docs/procedures.md."""

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from suixin.kit.errors import BadRequest

if TYPE_CHECKING:
    from suixin.ground.flow.declaration import Declaration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which file."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    check = tasks.add_parser("check", help="print every fault of each file, and what could not be decided; 1 when there is a fault")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    publish = tasks.add_parser("publish", help="make the file the version in force; the same text again changes nothing")
    publish.add_argument("file", type=Path, metavar="FILE")
    publish.add_argument("--from", dest="since", default="", metavar="YYYY-MM-DD", help="in force from that day; default: today")
    publish.add_argument("--note", default="", help="why, or by which document; kept with the version and in the audit")
    export = tasks.add_parser("export", help="print a procedure as BPMN 2.0 for other tools, or as YAML")
    export.add_argument("source", metavar="FILE", help="a file, or the id of a published procedure")
    export.add_argument("--format", choices=["bpmn", "yaml"], default="bpmn")
    export.add_argument("--output", type=Path, metavar="PATH", help="write there instead of printing")


def run(options: argparse.Namespace) -> int:
    """Run the task; 1 when a declaration has faults."""
    match options.task:
        case "check":
            return max(_check(path) for path in options.files)
        case "publish":
            return _publish(options)
        case _:
            return _export(options)


def _check(path: Path) -> int:
    from suixin.ground.flow import procedures, proofs
    from suixin.ground.flow.errors import FaultyProcedure
    from suixin.ground.flow.parsing import parse

    try:
        declaration = parse(_text(path))
    except FaultyProcedure as error:
        return _tell(path, error.faults, ())
    return _tell(path, procedures.faults_of(declaration), proofs.notes_of(declaration))


def _tell(path: Path, faults: "tuple[str, ...] | list[str]", notes: "tuple[str, ...] | list[str]") -> int:
    print(f"{path}：" + (f"有 {len(faults)} 处要更正，不能发布。" if faults else "没有错误，可以发布。"))
    for word, sentences in (("异常", faults), ("提示", notes)):
        for sentence in sentences:
            print(f"  {word} {sentence}")
    return int(bool(faults))


def _publish(options: argparse.Namespace) -> int:
    from suixin.ground.flow import procedures
    from suixin.ground.flow.errors import FaultyProcedure
    from suixin.kit.actor import SYSTEM

    since = _day(options.since) if options.since else None
    try:
        version = procedures.publish_procedure(_text(options.file), actor=SYSTEM, effective_from=since, note=options.note)
    except FaultyProcedure as error:
        return _tell(options.file, error.faults, ())
    print(f"流程“{version.procedure}”第 {version.number} 版自 {version.effective_from} 起生效（SM3 {version.digest[:16]}）。")
    return 0


def _export(options: argparse.Namespace) -> int:
    from suixin.ground.flow.bpmn import to_bpmn
    from suixin.ground.flow.canonical import to_yaml
    from suixin.ground.flow.shapes import shape_of

    declaration = _declaration(options.source)
    if options.format == "bpmn" and shape_of(declaration).circles:
        raise BadRequest("这个流程的环节互相等待，画不成 BPMN；请先用 suixin procedure check 查看并更正。")
    text = to_bpmn(declaration) if options.format == "bpmn" else to_yaml(declaration)
    if options.output is None:
        print(text, end="")
        return 0
    try:
        options.output.write_text(text, "utf-8")
    except OSError as error:
        raise BadRequest(f"写不了 {options.output}（{error.strerror}）；请换一个位置。") from error
    print(f"已写入 {options.output}。")
    return 0


def _declaration(source: str) -> "Declaration":
    from suixin.ground.flow import procedures
    from suixin.ground.flow.parsing import parse

    if Path(source).suffix or Path(source).exists():
        return parse(_text(Path(source)))
    return procedures.declaration_of(procedures.in_force(source))


def _text(path: Path) -> str:
    """What the file says. Raises BadRequest when it cannot be read."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise BadRequest(f"读不了文件 {path}（{error.strerror}）；请核对位置。") from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"文件 {path} 不是 UTF-8 文本；请另存为 UTF-8 后再试。") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"日期“{text[:20]}”应写成 YYYY-MM-DD。") from error
