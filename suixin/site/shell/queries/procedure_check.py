"""What a text of a declaration would become: all its faults with their places, and a drawing of what was understood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.models import ProcedureVersion
from suixin.ground.flow.parsing import understood
from suixin.ground.flow.procedures import declaration_of, faults_of
from suixin.site.shell.components import Table
from suixin.site.shell.queries.procedure_diff import differences
from suixin.site.shell.queries.procedure_drawing import Drawn, drawn

EXAMPLE = """\
# 流程声明示例：改好以后按“检查”。每个环节写明谁办、几天办完、在谁之后。
id: venue-booking
title: 公共场馆使用申请
promised: 5wd          # 承诺时限：5 个工作日
statutory: 20wd        # 法定时限
fields: {people: 整数}
nodes:
  accept:
    title: 受理
    role: 经办人
    limit: 1wd
    actions: [受理, 补正, 不予受理]
  safety:
    title: 安全核查
    role: 经办人
    limit: 2wd
    after: accept
    when: "people > 200"
  approve:
    title: 审批
    role: 部门负责人
    limit: 2wd
    after: {all: [accept, safety]}
"""
_PATH = re.compile(r"((?:[\w$-]+|全文)(?:(?:\.[\w$-]+)|(?:\[\d+\]))*)：(.+)", re.DOTALL)
_NODE = re.compile(r"nodes\.([^.：\[]+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """Where and what; "" when the sentence says the place itself."""

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was understood and what speaks against it; `changes` against the version it would follow."""

    declaration: Declaration | None
    faults: Sequence[Fault]
    drawn: Drawn | None
    changes: Table | None


def checked(text: str, before: ProcedureVersion | None = None) -> Checked:
    """Everything that can be said of the text at once."""
    declaration, told = understood(text)
    if declaration is not None and not told:
        told = faults_of(declaration)
    shown, changes = None, None
    if declaration is not None and declaration.nodes:
        wrong = {found[1] for one in told if (found := _NODE.match(one))}
        wrong |= {node.id for node in declaration.nodes for one in told if f"“{node.title}”" in one and one.startswith("环节")}
        shown = drawn(declaration, wrong)
    if declaration is not None and before is not None and not told:
        changes = differences(declaration_of(before), declaration)
    return Checked(declaration, [_fault(one) for one in told], shown, changes)


def _fault(text: str) -> Fault:
    found = _PATH.fullmatch(text)
    return Fault(found[1], found[2]) if found else Fault("", text)
