"""The configuration of docs/security.md, run with real certificates and attacked."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.security.authority import Authority, Pair
from tests.security.conftest import https_get, sha256

import driftline
from driftline.client import Client
from driftline.errors import PermissionDeniedError, UnauthenticatedError, UnavailableError

SCORING = "driftline_token-of-scoring"
PLATFORM = "driftline_token-of-platform"


def block(root: Path, language: str) -> str:
    text = (root / "docs/security.md").read_text("utf-8")
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(found)


class Production:
    """A collector process with the documented configuration, and what its clients have."""

    def __init__(self, root: Path, folder: Path, authority: Authority, start: Callable[..., Any]) -> None:
        self.authority = authority
        self.server = authority.issue("collector.example", file="collector")
        self.client = authority.issue("client.example", file="client")
        (folder / "ca.pem").write_bytes(authority.path.read_bytes())
        (folder / "clients-ca.pem").write_bytes(authority.path.read_bytes())
        settings = yaml.safe_load(block(root, "yaml"))
        for name, token in (("scoring", SCORING), ("platform", PLATFORM)):
            (folder / f"{name}.token").write_text(f"{token}\n")
            (principal,) = (each for each in settings["principals"] if each["name"] == name)
            principal["tokens"][0]["sha256"] = sha256(token)
        settings["principals"][0]["tokens"][1]["expires"] = "2099-01-01T00:00:00Z"
        assert {settings.pop("grpc_address"), settings.pop("http_address")} == {
            "0.0.0.0:7571",
            "0.0.0.0:7572",
        }
        settings["data_dir"] = str(folder / "data")
        for name, file in settings["tls"].items():
            settings["tls"][name] = str(folder / file)
        self.process = start(**settings)
        self.address = str(self.process.grpc_address)
        self.tls = driftline.Tls(folder / "ca.pem", self.client.certificate, self.client.key)

    def connect(self, token: str | None, client: Pair | None = None) -> driftline.Monitor:
        pair = client or self.client
        tls = driftline.Tls(self.authority.path, pair.certificate, pair.key)
        return driftline.connect(self.address, token=token, tls=tls)


@pytest.fixture
def production(
    root: Path,
    tmp_path: Path,
    authority: Authority,
    start_process: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Production]:
    monkeypatch.chdir(tmp_path)
    started = Production(root, tmp_path, authority, start_process)
    yield started
    assert started.process.terminate() == 0


def test_the_documented_program_runs(production: Production, root: Path) -> None:
    program = block(root, "python").replace("collector.example:7571", production.address)
    exec(compile(program, "security.md", "exec"), {"__name__": "security"})


def test_a_wrong_token_gets_nothing(production: Production) -> None:
    for token in ("wrong", PLATFORM.upper(), sha256(PLATFORM), None):
        with production.connect(token) as monitor, pytest.raises(UnauthenticatedError):
            monitor.models()
    with production.connect(SCORING) as monitor, pytest.raises(PermissionDeniedError):
        monitor.models()
    with production.connect(PLATFORM) as monitor:
        assert monitor.stats().records == 0


def test_a_good_token_with_a_bad_certificate_gets_nothing(production: Production, tmp_path: Path) -> None:
    expired = production.authority.issue("late.example", expires=datetime.now(UTC) - timedelta(minutes=1))
    stranger = Authority(tmp_path, "stranger").issue("client.example", file="stranger-client")
    for pair in (expired, stranger):
        with production.connect(PLATFORM, pair) as monitor, pytest.raises(UnavailableError):
            monitor.models()
    without = driftline.Tls(production.authority.path)
    with (
        driftline.connect(production.address, token=PLATFORM, tls=without) as monitor,
        pytest.raises(UnavailableError),
    ):
        monitor.models()
    with (
        driftline.connect(production.address, token=PLATFORM, tls=False) as monitor,
        pytest.raises(UnavailableError),
    ):
        monitor.models()


def test_the_collector_does_not_pass_for_another(production: Production, tmp_path: Path) -> None:
    production.server.replace(
        production.authority.issue(
            "collector.example", expires=datetime.now(UTC) - timedelta(minutes=1), file="old"
        )
    )
    with production.connect(PLATFORM) as monitor, pytest.raises(UnavailableError, match="expired"):
        monitor.models()
    production.server.replace(production.authority.issue("collector.example", file="new"))
    with production.connect(PLATFORM) as monitor:
        assert monitor.stats().records == 0


def test_prometheus_shows_its_certificate(production: Production) -> None:
    page = str(production.process.http_address)
    prometheus = production.authority.issue("prometheus.example", file="prometheus")
    for client, headers, status in (
        (prometheus, {}, 200),
        (None, {}, 401),
        (production.client, {}, 401),
        (None, {"authorization": f"Bearer {PLATFORM}"}, 200),
        (None, {"authorization": f"Bearer {SCORING}"}, 403),
    ):
        assert https_get(page, "/metrics", production.authority, client, **headers)[0] == status
    assert https_get(page, "/readyz", production.authority)[0] == 200


def test_certificates_are_swapped_under_load_and_nothing_is_lost(
    production: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The streams are short, so that each meets the certificates of its moment."""
    monkeypatch.setattr("driftline.client.stream.LONGEST_SECONDS", 0.05)
    done = threading.Event()
    logged = 0

    def log() -> None:
        nonlocal logged
        while not done.is_set():
            client.log({"distance": float(logged)}, prediction=logged % 2)
            logged += 1
            time.sleep(0.0005)

    client = Client(
        production.address, model="arrivals", token=SCORING, tls=production.tls, linger_seconds=0.01
    )
    thread = threading.Thread(target=log)
    thread.start()
    for number in range(20):
        production.server.replace(production.authority.issue("collector.example", file=f"server-{number}"))
        production.client.replace(production.authority.issue("client.example", file=f"client-{number}"))
        time.sleep(0.1)
    done.set()
    thread.join()
    assert client.flush(30)
    stats = client.stats
    client.close()
    assert (stats.acknowledged, stats.rejected, stats.dropped) == (logged, 0, 0)
    with production.connect(PLATFORM) as monitor:
        assert monitor.stats().records == logged > 500
    assert any(entry["message"] == "certificate taken" for entry in production.process.logs)


def test_a_guest_stays_with_its_models(production: Production) -> None:
    with Client(production.address, model="departures", token=SCORING, tls=production.tls) as client:
        client.log({"a": 1.0})
        assert client.flush(20)
        assert (client.stats.rejected, client.stats.acknowledged) == (1, 0)


def test_what_the_platform_changes_is_in_the_audit_log(production: Production) -> None:
    with production.connect(PLATFORM) as monitor:
        monitor.flush()
    entry = production.process.log("control call")
    said = (entry["user"]["name"], entry["event"]["action"], entry["driftline"]["outcome"])
    assert said == ("platform", "Flush", "done")
    assert entry["log"]["logger"] == "driftline.audit"
