"""A real Alertmanager whose only receiver is a webhook."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests.alerting.receiver import Receiver
from tests.integrations.conftest import Program, RunProgram


@dataclass
class Alertmanager:
    """A running Alertmanager whose only receiver is a webhook."""

    url: str
    program: Program
    tool: Path
    webhook: Receiver

    def alerts(self) -> list[dict[str, Any]]:
        """Those that hold."""
        answer = httpx.get(f"{self.url}/api/v2/alerts", timeout=10)
        answer.raise_for_status()
        alerts: list[dict[str, Any]] = answer.json()
        return alerts

    def told(self, status: str) -> list[str]:
        """Features of the alerts that the webhook was told of with a status."""
        bodies = [json.loads(request.body) for request in self.webhook.requests]
        return [
            each["labels"]["feature"]
            for body in bodies
            for each in body["alerts"]
            if each["status"] == status
        ]

    def restart(self) -> None:
        self.program.start()
        self.program.wait_for(f"{self.url}/-/ready")


def start(
    programs: Path,
    run_program: RunProgram,
    free_port: Callable[[], int],
    folder: Path,
    webhook: Receiver,
) -> Alertmanager:
    """One that keeps all in a folder, as soon as it answers."""
    home = programs / "alertmanager"
    config = folder / "alertmanager.yml"
    route = {"receiver": "hook", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"}
    hook = {"url": webhook.url, "send_resolved": True}
    config.write_text(
        yaml.safe_dump({"route": route, "receivers": [{"name": "hook", "webhook_configs": [hook]}]})
    )
    address = f"127.0.0.1:{free_port()}"
    program = run_program(
        home / "alertmanager",
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    )
    program.wait_for(f"http://{address}/-/ready")
    return Alertmanager(f"http://{address}", program, home / "usr/bin/amtool", webhook)
