"""Whoever writes is on record: every public action that writes calls the audit log, or says here why not."""

import ast

from tests.architecture.house import FunctionNode, dotted, functions, parsed, public_functions, sources

RECORDS = {"record"}
WRITES = {"create", "update", "delete", "save", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "insert", "unlink"}
# actions that write and leave no record of their own, with the reason
_BRINGING = "what lands is on record by lake.commit_batch, what is proposed or published by catalog's actions; the rest is bookkeeping"
SILENT: dict[str, str] = {
    **{
        f"suixin.data.collection.actions.{name}": _BRINGING
        for name in ("run_feed", "opened_files", "bring", "accept_proposal", "land_waiting")
    },
    **{
        f"suixin.ground.files.actions.{name}": "stands below the log: the module that an attachment belongs to records"
        for name in ("keep", "claim", "release")
    },
    "suixin.ground.audit.actions.record": "is the log",
    "suixin.ground.jobs.actions.enqueue": "whoever asks for work records it; the job's row tells the rest",
    "suixin.ground.notify.actions.mark_read": "that a message was read changes nothing official",
    "suixin.services.space.actions.mark_read": "as above",
    "suixin.services.space.actions.mark_all_read": "as above",
    **{
        f"suixin.ground.search.actions.{name}": "the index follows an object whose change is on record"
        for name in ("put", "put_all", "drop", "renew", "rebuild", "rebuild_stale")
    },
    "suixin.ground.people.actions.refresh_lineages": "paths of the tree, computed again from parents whose change is on record",
}
# the one declared path by which rows of the log leave it
TAKES_AWAY = {"suixin.ground.audit.store", "suixin.ground.audit.archiving"}
LOG = {"Record", "Seal", "Anchor"}


def _called(node: ast.AST) -> set[str]:
    """Names of everything called in the function, by their last part."""
    calls = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    return {f.attr if isinstance(f, ast.Attribute) else f.id for f in calls if isinstance(f, ast.Attribute | ast.Name)}


def _reached(start: FunctionNode, local: dict[str, FunctionNode]) -> set[str]:
    """Everything called from the function, through functions of the same file."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in _called(waiting.pop()) - found:
            found.add(name)
            if name in local:
                waiting.append(local[name])
    return found


def _actions():
    for path in sources():
        if path.stem == "actions" or path.parent.name == "actions":
            local = {node.name: node for node in functions(path)}
            for node in public_functions(path):
                yield f"{dotted(path)}.{node.name}", _reached(node, local)


def test_every_action_that_writes_is_on_record():
    silent = [name for name, reached in _actions() if reached & WRITES and not reached & RECORDS and name not in SILENT]
    assert silent == []


def test_every_reason_for_silence_is_still_needed():
    known = dict(_actions())
    assert [name for name in SILENT if name not in known or known[name] & RECORDS or not known[name] & WRITES] == []


def test_nothing_but_the_archive_changes_or_deletes_the_log():
    guilty = []
    for path in sources():
        if dotted(path) in TAKES_AWAY:
            continue
        text = path.read_text("utf-8")
        guilty += [f"{dotted(path)}: SQL" for words in ("DELETE FROM audit_record", "DELETE FROM audit_seal", "UPDATE audit_")
                   if words in text]
        if "suixin.ground.audit.models" in text:
            guilty += [
                f"{dotted(path)}: {ast.unparse(call)[:80]}" for call in ast.walk(parsed(path))
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ("delete", "update")
                and any(ast.unparse(call.func.value).startswith(f"{model}.objects") for model in LOG - {"Anchor"})
            ]
    assert guilty == []
