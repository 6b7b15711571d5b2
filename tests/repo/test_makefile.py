"""The developer's menu is true: what it lists exists, and what continuous integration calls is on it."""

import re
import subprocess
from pathlib import Path

import pytest


def targets(root: Path) -> dict[str, str]:
    """Targets of the Makefile with the help text of each."""
    return dict(re.findall(r"^([a-z-]+):.*## (.+)$", (root / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_help_lists_every_verb(root: Path) -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (root / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony is not None
    assert set(targets(root)) == set(phony.group(1).split())
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=root, capture_output=True, text=True, check=True
    )
    assert all(f"make {verb}" in shown.stdout for verb in targets(root))


def test_continuous_integration_calls_only_verbs_of_the_menu(root: Path) -> None:
    script = root / ".ci/run"
    commands = [line for line in script.read_text("utf-8").splitlines() if line and line[0] != "#"]
    verbs = [line.split()[1] for line in commands if line.startswith("make ")]
    assert [line for line in commands if not line.startswith(("make ", "set -", "cd "))] == []
    assert {"lint", "test", "demo"} <= set(verbs) <= set(targets(root))
    assert script.stat().st_mode & 0o111


@pytest.mark.parametrize("answer", ["exit 1", "exit 127"])
def test_an_old_python_is_refused_with_a_clear_message(root: Path, tmp_path: Path, answer: str) -> None:
    python = tmp_path / "python3.9"
    python.write_text(f"#!/bin/sh\n{answer}\n")
    python.chmod(0o755)
    command = ["make", "--no-print-directory", "setup", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"]
    made = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert made.returncode != 0
    assert f"driftline needs Python 3.11 or newer, found none as: {python}" in made.stderr
