"""Which room of the Python package may import which, read from the sources."""

import ast
from pathlib import Path

import pytest

FOUNDATION = {"errors", "v1", "_core"}

# What each room may import besides itself. `cli` is the top: it may import all.
ALLOWED = {
    "errors": set[str](),
    "v1": set[str](),
    "directories": set[str](),
    "loopback": set[str](),
    "trace_context": set[str](),
    "credentials": {"errors", "loopback"},
    "connection": {"errors", "credentials"},
    "config": FOUNDATION | {"loopback"},
    "client": FOUNDATION | {"connection", "credentials", "directories", "trace_context"},
    "storage": FOUNDATION | {"directories"},
    "ecs_format": set[str](),
    "logs": {"ecs_format"},
    "repeated_work": {"logs"},
    "delivery": {"errors"},
    "exporters": FOUNDATION | {"config", "delivery", "logs", "query", "repeated_work"},
    "query": FOUNDATION | {"config", "connection", "credentials", "storage", "trace_context"},
    "alerting": FOUNDATION | {"config", "delivery", "logs", "query", "repeated_work"},
    "collector": FOUNDATION
    | {"alerting", "config", "exporters", "logs", "query", "repeated_work", "storage"},
    "resources": FOUNDATION,
    "demo": FOUNDATION | {"client", "config", "query"},
}
TOP = {"cli", "__main__"}
MOST_NAMES = 15


@pytest.fixture(scope="module")
def package(root: Path) -> Path:
    return root / "python" / "driftline"


def imports(path: Path, package: Path) -> set[str]:
    """The rooms of driftline that a file imports anywhere, inside functions too."""
    inside = path.relative_to(package.parent).with_suffix("").parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(inside[: -node.level]) if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            modules = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in modules if name.startswith("driftline.")}
    return found


def rooms(package: Path) -> dict[str, list[Path]]:
    """The files of each room: a folder, or a module at the top."""
    found: dict[str, list[Path]] = {}
    for path in sorted(package.rglob("*.py")):
        first = path.relative_to(package).parts[0]
        found.setdefault(first.removesuffix(".py"), []).append(path)
    found.pop("__init__")
    return found


def test_every_room_has_its_rule_and_every_rule_its_room(package: Path) -> None:
    assert set(rooms(package)) | TOP == set(ALLOWED) | TOP


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_what_is_below_it(package: Path, room: str) -> None:
    files = rooms(package)[room]
    for path in files:
        above = imports(path, package) - ALLOWED[room] - {room}
        assert not above, f"{path.relative_to(package)} imports {sorted(above)}"


def test_the_guard_sees_imports(package: Path) -> None:
    seen = {name for files in rooms(package).values() for path in files for name in imports(path, package)}
    assert {"_core", "errors", "config", "v1"} <= seen


def test_the_package_re_exports_few_names(package: Path) -> None:
    import driftline

    assert 0 < len(driftline.__all__) <= MOST_NAMES
    assert all(getattr(driftline, name) is not None for name in driftline.__all__)
    body = ast.parse((package / "__init__.py").read_text("utf-8")).body
    assert not any(isinstance(node, ast.ClassDef) for node in body), "the package's __init__ defines a class"
