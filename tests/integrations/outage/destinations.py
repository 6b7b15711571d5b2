"""Everything that windows are told to, each as a thing that can be killed, started again, and asked what it has."""

import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from tests.exporters import wandb_file
from tests.exporters.pages import exporter_of_page
from tests.integrations import mlflow_server, opensearch_server, receiver
from tests.integrations.conftest import RunProgram
from tests.integrations.outage.producer import MODEL
from tests.integrations.outage.stand_ins import StandIn
from tests.integrations.prometheus.server import prometheus

from driftline.demo.process import free_addresses

REMOTE_WRITE = ("--web.enable-remote-write-receiver", "--enable-feature=native-histograms")


@dataclass(frozen=True)
class Surroundings:
    """Where programs are and what starts them, a folder, and the length of windows in seconds."""

    programs: Path
    run_program: RunProgram
    free_port: Callable[[], int]
    folder: Path
    window_seconds: int
    running: ExitStack


class Destination(ABC):
    """One that runs as soon as it is made."""

    is_told_exactly = True
    """Whether all that is delivered is there, whenever it is killed."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.begin()

    def may_lack(self, _end: int) -> bool:
        """Whether a window that ended then may be missing though it was delivered."""
        return False

    @abstractmethod
    def begin(self) -> None:
        """Start for the first time."""

    @abstractmethod
    def exporters(self) -> dict[str, dict[str, Any]]:
        """The exporters to it, by name."""

    @abstractmethod
    def kill(self) -> None:
        """End it at once, and keep it from coming back."""

    @abstractmethod
    def start(self) -> None:
        """Start it again, as it was."""

    @abstractmethod
    def records(self, exporter: str) -> dict[int, float]:
        """Records by the end of their window, seconds since 1970."""


class OpenTelemetryCollector(Destination):
    """The real program."""

    def begin(self) -> None:
        around = self.around
        self._receiver = receiver.start(around.programs, around.run_program, around.free_port, around.folder)

    def exporters(self) -> dict[str, dict[str, Any]]:
        return {"otlp": exporter_of_page("opentelemetry.md", endpoint=f"http://{self._receiver.grpc}")}

    def kill(self) -> None:
        self._receiver.program.stop(kill=True)

    def start(self) -> None:
        self._receiver.program.start()
        self._receiver.wait_until_it_listens()

    def records(self, _: str) -> dict[int, float]:
        points = self._receiver.points()
        histograms = Counter(each.range for each in points if each.name == "driftline.latency.values")
        assert set(histograms.values()) == {1}, "a delta that comes twice counts twice"
        return {
            each.range[1] // 10**9: float(
                next(each.value[kind] for kind in ("asInt", "asDouble") if kind in each.value)
            )
            for each in points
            if each.name == "driftline.recent_records"
        }


class RemoteWrite(Destination):
    """The real Prometheus; a second exporter gives up what waits beyond three windows."""

    def begin(self) -> None:
        (self._address,) = free_addresses(1)
        self.start()

    def exporters(self) -> dict[str, dict[str, Any]]:
        page = exporter_of_page(
            "prometheus-remote-write.md", url=f"http://{self._address}/api/v1/write", labels={"copy": "all"}
        )
        return {
            "remote_write": page,
            "remote_write_short": page | {"labels": {"copy": "short"}, "max_backlog": 3},
        }

    def kill(self) -> None:
        self._server.process.kill()
        self._server.process.wait()

    def start(self) -> None:
        around = self.around
        self._server = around.running.enter_context(
            prometheus(around.folder / "prometheus", {}, *REMOTE_WRITE, address=self._address)
        )

    def records(self, exporter: str) -> dict[int, float]:
        copy = "short" if exporter.endswith("short") else "all"
        asked = f'driftline_recent_records{{copy="{copy}"}}[1h]'
        (series,) = self._server.get("/api/v1/query", query=asked)["result"]
        return {int(moment): float(value) for moment, value in series["values"]}


class OpenSearch(Destination):
    """The real program, by the bulk endpoint that Elasticsearch has."""

    def begin(self) -> None:
        around = self.around
        self._server = opensearch_server.start(
            around.programs, around.run_program, around.free_port, around.folder
        )

    def exporters(self) -> dict[str, dict[str, Any]]:
        settings: dict[str, Any] = {"url": self._server.url, "histogram_type": "object", "timeout": "30s"}
        return {"elastic": exporter_of_page("elastic.md", **settings, api_key="not checked here")}

    def kill(self) -> None:
        self._server.program.stop(kill=True)

    def start(self) -> None:
        self._server.start()

    def records(self, _: str) -> dict[int, float]:
        found = self._server.documents("driftline-windows")
        windows = [each for each in found if "column" not in each["driftline"]]
        return {
            int(datetime.fromisoformat(each["@timestamp"]).timestamp()): each["driftline"]["window"][
                "records"
            ]
            for each in windows
        }


class Mlflow(Destination):
    """The real server."""

    def begin(self) -> None:
        around = self.around
        self._server = mlflow_server.start(
            around.programs, around.run_program, around.free_port, around.folder
        )

    def exporters(self) -> dict[str, dict[str, Any]]:
        return {"mlflow": exporter_of_page("mlflow.md", tracking_uri=self._server.url, timeout="30s")}

    def kill(self) -> None:
        self._server.program.stop(kill=True)

    def start(self) -> None:
        self._server.start()

    def records(self, _: str) -> dict[int, float]:
        steps = self._server.newest(self._server.run(MODEL), "records/counted")
        return {(step + 1) * self.around.window_seconds: value for step, value in steps.items()}


class DatadogAgent(Destination):
    """A stand-in that ends at a line that no agent would take, behind a Unix socket."""

    def begin(self) -> None:
        folder = self.around.folder
        self._socket = folder / "agent.socket"
        self._agent = StandIn(
            self.around.run_program, "dogstatsd", str(self._socket), folder / "dogstatsd.jsonl"
        )
        deadline = time.monotonic() + 30.0
        while not self._socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def exporters(self) -> dict[str, dict[str, Any]]:
        return {"datadog": exporter_of_page("datadog.md", address=f"unix://{self._socket}")}

    def kill(self) -> None:
        self._agent.program.stop(kill=True)

    def start(self) -> None:
        self._agent.program.start()

    def records(self, _: str) -> dict[int, float]:
        counts: Counter[int] = Counter()
        for line in self._agent.lines():
            if line["name"] == "driftline.records":
                counts[line["time"]] += sum(line["values"])
        return dict(counts)


class WandbOffline(Destination):
    """Files, written by the package's own process: it is killed as often as it comes back."""

    is_told_exactly = False
    """What its last second brought may be lost with it."""

    def begin(self) -> None:
        self._folder = self.around.folder / "wandb"
        self._is_dead = threading.Event()
        self._killer: threading.Thread | None = None
        self._killed_at = self._back_at = 0.0
        self.collector = 0

    def exporters(self) -> dict[str, dict[str, Any]]:
        return {"wandb": exporter_of_page("wandb.md", directory=str(self._folder), artifacts_every="0s")}

    def kill(self) -> None:
        self._killed_at = time.time()
        self._is_dead.set()
        self._killer = threading.Thread(target=self._keep_dead)
        self._killer.start()

    def start(self) -> None:
        assert self._killer is not None
        self._is_dead.clear()
        self._killer.join()
        self._back_at = time.time()

    def may_lack(self, end: int) -> bool:
        # It is told some seconds after its end, and written to the file a second after that.
        return self._killed_at - 2 * self.around.window_seconds < end < self._back_at

    def records(self, _: str) -> dict[int, float]:
        return {
            int(row["window_end"]): row["records/counted"]
            for path in self._folder.glob("wandb/offline-run-*/run-*.wandb")
            for row in wandb_file.rows(path)
        }

    def _keep_dead(self) -> None:
        while self._is_dead.is_set():
            with suppress(psutil.NoSuchProcess):
                for each in psutil.Process(self.collector).children():
                    if "wandb-core" in " ".join(each.cmdline()):
                        each.kill()
            time.sleep(0.1)


ALL: tuple[type[Destination], ...] = (
    OpenTelemetryCollector,
    RemoteWrite,
    OpenSearch,
    Mlflow,
    DatadogAgent,
    WandbOffline,
)
