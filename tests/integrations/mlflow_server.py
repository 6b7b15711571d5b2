"""A real MLflow server, with SQLite behind it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from tests.integrations.conftest import Program, RunProgram


class MlflowServer:
    """A server, and a client of it."""

    def __init__(self, program: Program, url: str) -> None:
        self.program = program
        self.url = url
        self.client = MlflowClient(url, url)

    def start(self) -> None:
        self.program.start()
        self.program.wait_for(f"{self.url}/health")

    def run(self, model: str) -> Any:
        """The only run of the model."""
        experiment = self.client.get_experiment_by_name(model)
        assert experiment is not None
        (run,) = self.client.search_runs([experiment.experiment_id])
        return run

    def newest(self, run: Any, key: str) -> dict[int, float]:
        """The newest value of each step."""
        history = self.client.get_metric_history(run.info.run_id, key)
        return {each.step: each.value for each in sorted(history, key=lambda each: each.timestamp)}


def start(
    programs: Path, run_program: RunProgram, free_port: Callable[[], int], folder: Path
) -> MlflowServer:
    """A server that keeps all in a folder, as soon as it answers."""
    port = free_port()
    python = programs / "mlflow" / "bin" / "python"
    store = ("--backend-store-uri", f"sqlite:///{folder}/mlflow.db")
    artifacts = ("--artifacts-destination", str(folder / "artifacts"))
    door = ("--host", "127.0.0.1", "--port", str(port), "--workers", "1")
    quiet = dict.fromkeys(("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"), "true")
    program = run_program(python, "-m", "mlflow", "server", *store, *artifacts, *door, **quiet)
    url = f"http://127.0.0.1:{port}"
    program.wait_for(f"{url}/health")
    return MlflowServer(program, url)
