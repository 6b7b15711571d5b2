"""The arrows between the crates: bindings -> wire -> engine -> stats -> sketches, and never back."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

LAYERS = ["sketches", "stats", "engine", "wire", "bindings"]
PREFIX = "driftline-"


@pytest.fixture(scope="module")
def packages(root: Path) -> dict[str, dict[str, Any]]:
    """The crates of the workspace by name, as cargo describes them."""
    command = ["cargo", "metadata", "--format-version=1", "--no-deps"]
    metadata = json.loads(subprocess.run(command, cwd=root, capture_output=True, check=True).stdout)
    return {package["name"]: package for package in metadata["packages"]}


def normal_dependencies(package: dict[str, Any]) -> set[str]:
    return {dependency["name"] for dependency in package["dependencies"] if dependency["kind"] is None}


def test_the_workspace_has_these_crates_and_no_others(packages: dict[str, dict[str, Any]]) -> None:
    assert set(packages) == {PREFIX + layer for layer in LAYERS}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_crate_knows_none_above_it(packages: dict[str, dict[str, Any]], layer: str) -> None:
    below = {PREFIX + name for name in LAYERS[: LAYERS.index(layer)]}
    dependencies = packages[PREFIX + layer]["dependencies"]
    known = {dependency["name"] for dependency in dependencies if dependency["name"].startswith(PREFIX)}
    assert known <= below, f"{layer} may know {sorted(below)}"
    assert known or layer == "sketches", f"{layer} knows no other crate: has the prefix changed?"


def test_sketches_stand_on_the_standard_library_alone(packages: dict[str, dict[str, Any]]) -> None:
    assert normal_dependencies(packages[PREFIX + "sketches"]) == set()


@pytest.mark.parametrize("layer", ["sketches", "stats", "engine"])
def test_the_core_knows_no_arrow_and_no_protocol(root: Path, layer: str) -> None:
    outside = {
        name for name in tree(root, layer) if name.startswith(("arrow", "prost", "tonic", "flatbuffers"))
    }
    assert outside == set()


@pytest.mark.parametrize("layer", LAYERS)
def test_only_the_bindings_know_python(root: Path, layer: str) -> None:
    python = {name for name in tree(root, layer) if name.startswith("pyo3")}
    assert bool(python) == (layer == "bindings"), f"{layer} depends on {sorted(python) or 'no pyo3'}"


def tree(root: Path, layer: str) -> set[str]:
    """Names of all crates that a crate of ours is built from, itself included."""
    command = [
        "cargo",
        "tree",
        "--locked",
        "--package",
        PREFIX + layer,
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]
    lines = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    names = {line.split()[0] for line in lines if line.strip()}
    assert PREFIX + layer in names
    return names
