"""The source as the repository tests see it: parsed, never imported."""

import ast
from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INTEGRATION = ROOT / "custom_components" / "bessai"


@cache
def modules() -> dict[str, ast.Module]:
    """Return the syntax trees by path within the integration, e.g. ``core/plan.py``."""
    return {
        path.relative_to(INTEGRATION).as_posix(): ast.parse(path.read_bytes())
        for path in sorted(INTEGRATION.rglob("*.py"))
    }


def nodes[T: ast.AST](kind: type[T], within: ast.AST | None = None) -> Iterator[T]:
    """Yield every node of a kind, in one tree or in all of them."""
    for tree in [within] if within else modules().values():
        yield from (node for node in ast.walk(tree) if isinstance(node, kind))


def name_of(call: ast.Call) -> str:
    """Return what is called, as it is written: ``self._driver.apply``."""
    return ast.unparse(call.func)


def arguments(call: ast.Call) -> dict[str, str | None]:
    """Return the named arguments: a string's value, None for what is computed."""
    return {
        argument.arg: argument.value.value
        if isinstance(argument.value, ast.Constant)
        and isinstance(argument.value.value, str)
        else None
        for argument in call.keywords
        if argument.arg
    }


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each import as its number of leading dots and the dotted name after."""
    for node in nodes(ast.Import, tree):
        yield from ((0, alias.name) for alias in node.names)
    for statement in nodes(ast.ImportFrom, tree):
        module = f"{statement.module}." if statement.module else ""
        for alias in statement.names:
            yield statement.level, module + alias.name


def read_json(path: Path) -> dict[str, Any]:
    """Return an object of a JSON file."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
