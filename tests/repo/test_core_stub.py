"""The stub of the Rust core says what the module holds, and documents all of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from driftline import _core

Documented = ast.ClassDef | ast.FunctionDef


@pytest.fixture(scope="module")
def stub(root: Path) -> ast.Module:
    return ast.parse((root / "python/driftline/_core.pyi").read_text("utf-8"))


def declarations(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Documented]]:
    """Classes, functions and methods with their full names."""
    for node in body:
        if isinstance(node, Documented) and not is_for_types_alone(node):
            yield prefix + node.name, node
        if isinstance(node, ast.ClassDef) and not is_for_types_alone(node):
            yield from declarations(node.body, f"{prefix}{node.name}.")


def is_for_types_alone(node: Documented) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "type_check_only" for mark in node.decorator_list)


def test_every_name_of_the_stub_is_documented(stub: ast.Module) -> None:
    names = dict(declarations(stub.body))
    assert {"Engine", "Engine.query", "Session.ingest", "profile"} <= set(names)
    bare = [name for name, node in names.items() if ast.get_docstring(node) is None and "__" not in name]
    assert bare == []


def test_every_name_of_the_stub_is_in_the_module(stub: ast.Module) -> None:
    for name, _ in declarations(stub.body):
        owner: object = _core
        for part in name.split("."):
            assert hasattr(owner, part), f"the stub declares {name}, the module has no {part}"
            owner = getattr(owner, part)


def test_every_name_of_the_module_is_in_the_stub(stub: ast.Module) -> None:
    declared = {name for name, _ in declarations(stub.body)}
    declared |= {
        node.target.id
        for node in stub.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    present = {name for name in dir(_core) if not name.startswith("__")}
    for name in present & {"Engine", "Session"}:
        present |= {f"{name}.{member}" for member in vars(getattr(_core, name)) if not member.startswith("_")}
    assert len(present) > len({"Engine", "Session", "profile", "infer_roles"})
    assert present - declared == set()
