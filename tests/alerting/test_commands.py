"""Commands: no shell, few variables, a time limit, and what their end means."""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.alerting.notifications import notification
from tests.alerting.services import WebhookBody

from driftline.alerting.channels.command import CommandChannel
from driftline.config.alerting.channels import CommandConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError


def command(program: str, *arguments: str, **settings: Any) -> CommandChannel:
    config = {"type": "command", "argv": [sys.executable, "-c", program, *arguments], **settings}
    return CommandChannel("channel", CommandConfig.model_validate(config))


def test_it_reads_the_notification_from_standard_input_and_from_a_file(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib; told = sys.stdin.read(); "
        "assert told == pathlib.Path(os.environ['DRIFTLINE_NOTIFICATION']).read_text(); "
        "pathlib.Path(sys.argv[1]).write_text(told); print('done,', len(told) > 100)"
    )
    assert command(program, str(tmp_path / "told")).send(notification()) == "exit code 0: done, True"
    told = (tmp_path / "told").read_text()
    WebhookBody.model_validate_json(told)
    assert json.loads(told)["alerts"][0]["labels"]["feature"] == "temp"


def test_the_file_is_gone_afterwards() -> None:
    said = command("import os; print(os.environ['DRIFTLINE_NOTIFICATION'])").send(notification())
    assert not Path(said.removeprefix("exit code 0: ")).exists()


def test_no_shell_reads_the_arguments() -> None:
    said = command("import sys; print(sys.argv[1])", "$(echo x); true").send(notification())
    assert said == "exit code 0: $(echo x); true"


def test_it_sees_the_variables_that_it_may_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow")
    program = "import os; print(sorted(os.environ))"
    assert "SECRET_TOKEN" not in command(program).send(notification())
    said = command(program, environment=["MLFLOW_TRACKING_URI"]).send(notification())
    assert "MLFLOW_TRACKING_URI" in said
    assert "HOME" not in said


def test_it_runs_where_it_is_told_to(tmp_path: Path) -> None:
    said = command("import os; print(os.getcwd())", working_directory=tmp_path).send(notification())
    assert said == f"exit code 0: {tmp_path.resolve()}"


def test_the_end_of_what_it_prints_is_told() -> None:
    program = "import sys; print('x' * 10_000_000); print('the end', file=sys.stderr)"
    said = command(program).send(notification())
    assert said.endswith("the end")
    assert len(said) < 400


def test_its_exit_code_says_whether_it_is_worth_another_try() -> None:
    with pytest.raises(DestinationUnavailableError, match="exit code 75"):
        command("raise SystemExit(75)").send(notification())
    with pytest.raises(DestinationRefusedError, match="exit code 3: no such model"):
        command("print('no such model'); raise SystemExit(3)").send(notification())
    with pytest.raises(DestinationRefusedError, match="SIGKILL"):
        command("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").send(notification())


def test_a_command_that_is_not_there_is_refused() -> None:
    config = CommandConfig.model_validate({"type": "command", "argv": ["driftline-no-such-command"]})
    with pytest.raises(DestinationRefusedError, match="cannot be started: No such file"):
        CommandChannel("channel", config).send(notification())


@pytest.fixture
def sleeper(tmp_path: Path) -> tuple[str, Path]:
    """A program that starts another, and both would run for a minute; the file gets the other's process id."""
    file = tmp_path / "child"
    program = (
        "import subprocess, sys, time, pathlib; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        f"pathlib.Path({str(file)!r}).write_text(str(child.pid)); time.sleep(60)"
    )
    return program, file


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    if not Path("/proc/self/stat").exists():
        return True
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def ends(process: int) -> bool:
    """What was killed may take a moment to be gone."""
    deadline = time.monotonic() + 30
    while is_running(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def wait_for(file: Path) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text()):
            return int(text)
        time.sleep(0.01)
    raise AssertionError("the command has not started")


def test_a_command_that_takes_too_long_is_ended_with_all_it_has_started(sleeper: tuple[str, Path]) -> None:
    program, file = sleeper
    for seconds in (3, 12, 48):
        with pytest.raises(DestinationRefusedError, match=f"ended after its time limit of {seconds} s"):
            command(program, time_limit=f"{seconds}s").send(notification())
        if file.exists():
            break
    assert ends(wait_for(file))


def test_a_command_is_ended_when_the_collector_stops(sleeper: tuple[str, Path]) -> None:
    program, file = sleeper
    channel = command(program)
    errors: list[BaseException] = []

    def send() -> None:
        try:
            channel.send(notification())
        except DestinationUnavailableError as error:
            errors.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    child = wait_for(file)
    channel.close()
    thread.join(20)
    assert len(errors) == 1
    assert ends(child)
    with pytest.raises(DestinationUnavailableError, match="stops"):
        channel.send(notification())
