"""Every place at which something can leave: what stands before Django, Django's addresses, the JSON API, the commands."""

import argparse
import ast
import importlib
import inspect
import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from suixin.data.doors import lean
from suixin.site import cli, wsgi
from suixin.site.api import api

_GROUP = re.compile(r"\((?:\?P<\w+>|\?:)?\[\^/\](?:\{[\d,]+\}|[+*])\)|\[\^/\](?:\{[\d,]+\}|[+*])")

_AROUND = re.compile(r"\((?:\?P<\w+>|\?:)?([*/]+)\)")


def every_place() -> set[str]:
    """All of them, by the names of `registry.py`."""
    found = {*fronts(inspect.getsource(wsgi)), *patterns(lean), *pages(get_resolver().url_patterns), *operations(), *commands()}
    return found | {f"page {name}" for name in ("api-v1:openapi-json", "api-v1:api-root")}


def fronts(source: str) -> Iterator[str]:
    """What `application` of a WSGI module hands the request to."""
    tree = ast.parse(source)
    [application] = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "application"]
    for call in ast.walk(application):
        if isinstance(call, ast.Call) and any(isinstance(given, ast.Name) and given.id == "environ" for given in call.args):
            yield f"front {ast.unparse(call.func)}"


def patterns(module: object) -> Iterator[str]:
    """The patterns that a module of lean doors holds, wherever it holds them."""
    for value in vars(module).values():
        yield from _patterns(value)


def _patterns(value: object) -> Iterator[str]:
    if isinstance(value, re.Pattern):
        yield "lean " + _AROUND.sub(r"\1", _GROUP.sub("*", str(value.pattern))).removesuffix("/?")
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _patterns(part)
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _patterns(pair)


def pages(found: list[URLPattern | URLResolver]) -> Iterator[str]:
    """Django's addresses outside the JSON API."""
    for one in found:
        if isinstance(one, URLResolver):
            if one.namespace != "api-v1":
                yield from pages(one.url_patterns)
        else:
            yield f"page {one.name or one.pattern}"


def operations() -> Iterator[str]:
    """Operations of the JSON API."""
    for _, router in api._routers:
        for path, view in router.path_operations.items():
            yield from _operations(path, view)


def _operations(path: str, view: PathView) -> Iterator[str]:
    for operation in view.operations:
        yield f"api {operation.operation_id or '/'.join([*operation.methods, path])}"


def commands() -> Iterator[str]:
    """Commands of `suixin`, with their sub-commands."""
    for name in cli.COMMANDS:
        parser = argparse.ArgumentParser()
        if name != "manage":
            importlib.import_module(cli.MODULES.get(name, f"suixin.site.cli.{name}")).add_arguments(parser)
        choices = [one.choices for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
        yield from (f"command {name} {sub}" for sub in choices[0]) if choices else (f"command {name}",)

