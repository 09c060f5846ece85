"""Shape of functions and files: short, described, told who acts."""

import ast

import pytest

from tests.architecture.house import ROOT, FunctionNode, dotted, functions, parsed, public_functions, sources

FILES = sources()


def _length(node: FunctionNode) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


# name of the function: why it may be longer than 60 lines
LONG_FOR_A_REASON: dict[str, str] = {}
# modules that may pass 400 lines, with the reason
LONG_FILES: dict[str, str] = {}
# public functions of actions that need no actor, with the reason
WITHOUT_ACTOR: dict[str, str] = {
    "suixin.ground.audit.actions.record": "takes the actor as its first argument",
    "suixin.ground.notify.actions.send": "part of the action that has something to tell, which authorised it",
    "suixin.ground.search.actions.put": "part of the action that changed the object, which authorised it",
    "suixin.ground.search.actions.put_all": "as put",
    "suixin.ground.search.actions.drop": "as put",
    "suixin.ground.search.actions.renew": "as put",
    "suixin.ground.search.actions.rebuild": "the node makes its index again from what is on record; nobody decides anything",
    "suixin.ground.search.actions.rebuild_stale": "as rebuild",
    "suixin.data.lake.actions.commit_batch": "the lake keeps what collection, which authorised it, hands down",
    "suixin.data.lake.actions.repair": "the node mends its own rows after a crash; nobody decides anything",
}


def test_no_function_is_longer_than_60_lines_without_a_reason():
    long = [
        f"{dotted(path)}.{node.name}: {_length(node)} lines"
        for path in FILES for node in functions(path)
        if _length(node) > 60 and f"{dotted(path)}.{node.name}" not in LONG_FOR_A_REASON
    ]
    assert long == []


def test_no_file_is_longer_than_400_lines_without_a_reason():
    long = [f"{dotted(p)}: {n}" for p in FILES if (n := len(p.read_text("utf-8").splitlines())) > 400 and dotted(p) not in LONG_FILES]
    assert long == []


def test_at_most_three_positional_parameters():
    wide = [
        f"{dotted(path)}.{node.name}" for path in FILES for node in public_functions(path)
        if len([a for a in node.args.posonlyargs + node.args.args if a.arg not in ("self", "cls")]) > 3
    ]
    assert wide == []


def test_every_public_action_takes_an_actor():
    deaf = [
        name for path in FILES if path.stem == "actions" or path.parent.name == "actions"
        for node in public_functions(path)
        if "actor" not in {a.arg for a in node.args.args + node.args.kwonlyargs}
        and not any("contextmanager" in ast.unparse(d) for d in node.decorator_list)
        and (name := f"{dotted(path)}.{node.name}") not in WITHOUT_ACTOR
    ]
    assert deaf == []


@pytest.mark.parametrize("path", FILES, ids=dotted)
def test_file_says_what_it_is(path):
    if path.name == "__init__.py" and not path.read_text("utf-8").strip():
        return
    assert ast.get_docstring(parsed(path)), f"{path.relative_to(ROOT)} needs a docstring"


def test_every_public_function_says_its_result():
    silent = [
        f"{dotted(path)}.{node.name}" for path in FILES for node in public_functions(path) if not ast.get_docstring(node)
    ]
    assert silent == []
