"""The registry of a real MLflow server knows which version is to be trained anew, and why."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.alerting.notifications import alert, notification
from tests.integrations.conftest import Program, RunProgram

from driftline.alerting.alert import Json
from driftline.alerting.channels.retrain import RetrainChannel
from driftline.alerting.database import AlertDatabase
from driftline.config.alerting.channels import RetrainConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError

MODEL = "flight-delay"


class Registry:
    """A server with one registered model of two versions, the first of which is the champion."""

    def __init__(self, program: Program, url: str) -> None:
        self.program = program
        self.url = url
        self.post("registered-models/create", name=MODEL)
        for version in ("1", "2"):
            made = self.post("model-versions/create", name=MODEL, source=f"s3://models/{MODEL}")
            assert str(made["model_version"]["version"]) == version
        self.post("registered-models/alias", name=MODEL, alias="champion", version="1")

    def post(self, path: str, **body: str) -> Any:
        answer = httpx.post(f"{self.url}/api/2.0/mlflow/{path}", json=body, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def tags(self, version: str) -> dict[str, str]:
        question = {"name": MODEL, "version": version}
        answer = httpx.get(f"{self.url}/api/2.0/mlflow/model-versions/get", params=question, timeout=60)
        assert answer.is_success, answer.text
        return {tag["key"]: tag["value"] for tag in answer.json()["model_version"].get("tags", [])}


@pytest.fixture
def registry(
    programs: Path, run_program: RunProgram, free_port: Callable[[], int], tmp_path: Path
) -> Registry:
    address = ("--host", "127.0.0.1", "--port", str(port := free_port()), "--workers", "1")
    store = ("--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db")
    artifacts = ("--artifacts-destination", str(tmp_path / "artifacts"))
    python = programs / "mlflow" / "bin" / "python"
    program = run_program(
        python, "-m", "mlflow", "server", *store, *artifacts, *address, MLFLOW_DISABLE_TELEMETRY="true"
    )
    program.wait_for(f"http://127.0.0.1:{port}/health")
    return Registry(program, f"http://127.0.0.1:{port}")


@pytest.fixture
def channel(registry: Registry, root: Path) -> Iterator[Callable[..., RetrainChannel]]:
    """The channel as the page on retraining configures it, with changes."""
    page = (root / "docs/integrations/retraining.md").read_text("utf-8")
    block = page.split("```yaml\n")[3].split("```")[0].replace("http://localhost:5000", registry.url)
    settings = yaml.safe_load(block)["alerting"]["channels"]["retrain"]
    with ExitStack() as opened:

        def make(**changes: object) -> RetrainChannel:
            config = RetrainConfig.model_validate(settings | {"mlflow": settings["mlflow"] | changes})
            made = RetrainChannel("retrain", config, opened.enter_context(AlertDatabase()))
            opened.callback(made.close)
            return made

        yield make


@pytest.mark.timeout(300)  # the server starts twice, and takes its time
def test_the_registry_knows_which_version_is_to_be_trained_anew(
    registry: Registry, channel: Callable[..., RetrainChannel]
) -> None:
    # The version that has the alias.
    assert channel().send(notification()) == f"version 1 of {MODEL} has the tag driftline.retrain"
    tag = json.loads(registry.tags("1")["driftline.retrain"])
    assert tag["evidence"] == alert().evidence
    assert tag["fingerprint"] == alert().fingerprint
    assert tag["since"] == "2013-07-01T00:00:00Z"
    assert registry.tags("2") == {}

    # Without an alias the version that the alert is about; more evidence than a tag has room for is left out.
    evidence: dict[str, Json] = {"rows": ["x" * 99] * 99}
    told = notification(alert(labels={**alert().labels, "version": "v2"}, evidence=evidence))
    channel(alias=None, tag="retrain").send(told)
    assert "left out" in json.loads(registry.tags("2")["retrain"])["evidence"]

    # What the registry does not have is refused, a server that is dead is worth another try, and neither counts.
    other = channel(alias="challenger")
    with pytest.raises(DestinationRefusedError, match="challenger"):
        other.send(notification())
    registry.program.stop(kill=True)
    with pytest.raises(DestinationUnavailableError, match="cannot be reached"):
        other.send(notification())
    registry.program.start()
    registry.program.wait_for(f"{registry.url}/health")
    registry.post("registered-models/alias", name=MODEL, alias="challenger", version="2")
    assert other.send(notification()) == f"version 2 of {MODEL} has the tag driftline.retrain"
