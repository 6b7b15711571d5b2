"""A real Prometheus on a free port of 127.0.0.1, and what is asked of it."""

import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from driftline.demo.process import free_addresses

INSTALLED = Path(__file__).parents[3] / "target/integrations/prometheus/usr/bin"
READY_SECONDS = 30.0
# Of the queries that are answered while a server has only just been fed.
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Series:
    """One series of an answer: its labels, and its last value or native histogram."""

    labels: Mapping[str, str]
    value: float | None
    histogram: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Prometheus:
    """A running server."""

    address: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def get(self, path: str, **parameters: str) -> Any:
        """What the API says; the text of a fault is raised."""
        url = f"http://{self.address}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error

    def query(self, expr: str, at: float | None = None) -> list[Series]:
        """All series of an instant vector, at a time in seconds since 1970; now if not given."""
        moment = {} if at is None else {"time": f"{at:.3f}"}
        answer = self.get("/api/v1/query", query=expr, **moment)
        return [
            Series(
                each["metric"],
                float(each["value"][1]) if "value" in each else None,
                each["histogram"][1] if "histogram" in each else None,
            )
            for each in answer["result"]
        ]

    def value(self, expr: str, at: float | None = None) -> float:
        """The value of the only series."""
        (series,) = self.query(expr, at)
        assert series.value is not None
        return series.value

    def wait_for(self, expr: str, at: float | None = None, seconds: float = PATIENCE_SECONDS) -> list[Series]:
        """Ask until there is an answer."""
        deadline = time.monotonic() + seconds
        while not (found := self.query(expr, at)):
            assert time.monotonic() < deadline, f"no series in {seconds:g} s: {expr}"
            time.sleep(0.2)
        return found


@contextlib.contextmanager
def prometheus(
    folder: Path,
    config: Mapping[str, Any],
    *options: str,
    address: str | None = None,
    programs: Path = INSTALLED,
) -> Iterator[Prometheus]:
    """Start a server with a configuration and stop it at the end; what it has stored stays in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(dict(config)))
    address = address or free_addresses(1)[0]
    command = [
        str(programs / "prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        # The flights are of 2013.
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={address}",
        *options,
    ]
    log = folder / "prometheus.log"
    # Two threads: the machine has other things to do.
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=os.environ | {"GOMAXPROCS": "2"}
        )
    try:
        server = Prometheus(address, process, log)
        _wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(server: Prometheus) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://{server.address}/-/ready", timeout=5).close()
            return
        assert server.process.poll() is None, server.log.read_text()
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.1)


def scraping(address: str | None, *, rules: Path | None = None, interval: str = "1s") -> dict[str, Any]:
    """A configuration that scrapes one collector, as the job `driftline`."""
    config: dict[str, Any] = {"global": {"scrape_interval": interval, "evaluation_interval": interval}}
    config["scrape_configs"] = [{"job_name": "driftline", "static_configs": [{"targets": [address]}]}]
    if rules is not None:
        config["rule_files"] = [str(rules)]
    return config
