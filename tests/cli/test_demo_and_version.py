import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import driftline


def test_version(run: Callable[..., Any]) -> None:
    outcome = run("version")
    assert outcome.code == 0
    assert outcome.out.startswith(f"driftline {driftline.__version__} ")
    assert pa.__version__ in outcome.out


def test_the_demo_is_run_with_its_options(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bool, bool]] = []

    def run_demo(stay: bool, quick: bool) -> int:
        asked.append((stay, quick))
        return 3

    monkeypatch.setattr("driftline.demo.run", run_demo)
    assert run("demo", "--quick").code == 3
    assert run("demo", "--stay").code == 3
    assert asked == [(False, True), (True, False)]


def test_the_demo_can_be_an_alert_only(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("driftline.demo.run_alerts", lambda: 4)
    assert run("demo", "--alerts").code == 4


def test_a_demo_without_its_packages_names_the_extra() -> None:
    program = "import sys; sys.modules['sklearn'] = None; from driftline.cli import main; main()"
    outcome = subprocess.run(
        [sys.executable, "-c", program, "demo"], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 1
    assert "scikit-learn" in outcome.stderr
    assert "driftline[demo]" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_help_names_every_command(run: Callable[..., Any]) -> None:
    outcome = run("--help")
    assert outcome.code == 0
    for command in ("serve", "check", "profile", "compare", "demo", "version"):
        assert command in outcome.out
