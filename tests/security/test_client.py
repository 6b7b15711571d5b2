"""The client and questions, through encrypted and guarded doors."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.security.authority import Authority, Pair
from tests.security.conftest import Principal
from tests.waiting import is_soon

import driftline
from driftline.client import Client
from driftline.collector import Collector
from driftline.errors import (
    InvalidArgumentError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnavailableError,
)

StartCollector = Callable[..., Collector]


@pytest.fixture
def guarded(start_collector: StartCollector, tls: dict[str, str], principal: Principal) -> Collector:
    principals = [principal("sender", "ingest"), principal("reader", "query")]
    return start_collector(tls=tls, principals=principals)


def test_a_token_and_an_authority_are_enough(guarded: Collector, authority: Authority) -> None:
    address, tls = str(guarded.grpc_address), driftline.Tls(authority.path)
    with Client(address, model="m", token="token-of-sender", tls=tls) as client:
        client.log({"a": 1.0})
        assert client.flush(20)
        assert client.stats.acknowledged == 1
    with driftline.connect(address, token="token-of-reader", tls=tls) as monitor:
        assert monitor.stats().records == 1
        with pytest.raises(PermissionDeniedError, match="needs the scope control"):
            monitor.flush()
    for token in ("wrong", None):
        with driftline.connect(address, token=token, tls=tls) as monitor, pytest.raises(UnauthenticatedError):
            monitor.models()


def test_the_environment_is_enough(
    guarded: Collector, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("token-of-sender\n")
    monkeypatch.setenv("DRIFTLINE_CA_FILE", str(authority.path))
    monkeypatch.setenv("DRIFTLINE_TOKEN_FILE", str(token))
    with Client(str(guarded.grpc_address), model="m") as client:
        client.log({"a": 1.0})
        assert client.flush(20)
    monkeypatch.setenv("DRIFTLINE_TOKEN", "token-of-reader")
    with driftline.connect(str(guarded.grpc_address)) as monitor:
        assert monitor.stats().records == 1


def test_records_wait_until_the_token_is_good(
    guarded: Collector,
    authority: Authority,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("driftline.client.sender.ATTEMPTS_PER_BATCH", 1)
    token = tmp_path / "token"
    token.write_text("token-that-ended")
    tls = driftline.Tls(authority.path)
    with caplog.at_level(logging.WARNING, "driftline.client"):
        client = Client(str(guarded.grpc_address), model="m", token_file=token, tls=tls)
        client.log({"a": 1.0})
        assert not client.flush(1.5)
        assert is_soon(lambda: "refuses this client" in caplog.text)
        assert client.stats.pending == 1
        token.write_text("token-of-sender")
        assert client.flush(30)
    assert client.stats.acknowledged == 1
    assert client.stats.rejected == 0
    client.close()
    refused = [record.getMessage() for record in caplog.records]
    assert any("refuses this client" in message and "UNAUTHENTICATED" in message for message in refused)
    assert not any("token-that-ended" in message for message in refused)


def test_certificates_are_swapped_on_both_sides_while_records_flow(
    start_collector: StartCollector,
    mutual_tls: dict[str, str],
    server: Pair,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The streams are short, so that each connects with the files as they are then."""
    monkeypatch.setattr("driftline.client.stream.IDLE_SECONDS", 0.01)
    collector = start_collector(tls=mutual_tls)
    own = authority.issue("client.example")
    tls = driftline.Tls(authority.path, own.certificate, own.key)
    client = Client(str(collector.grpc_address), model="m", tls=tls, linger_seconds=0.001)
    logged = 0
    for number in range(10):
        server.replace(authority.issue("collector.example", file=f"server-{number}"))
        own.replace(authority.issue("client.example", file=f"client-{number}"))
        for _ in range(20):
            client.log({"a": 1.0})
            logged += 1
            time.sleep(0.001)
        assert client.flush(20)
    assert client.stats.acknowledged == logged
    client.close()


def test_a_collector_that_cannot_be_trusted_gets_nothing(guarded: Collector, tmp_path: Path) -> None:
    address, stranger = str(guarded.grpc_address), driftline.Tls(Authority(tmp_path, "stranger").path)
    with (
        driftline.connect(address, token="token-of-reader", tls=stranger) as monitor,
        pytest.raises(UnavailableError, match="cannot be reached"),
    ):
        monitor.models()
    with (
        driftline.connect("localhost:1", tls=driftline.Tls(tmp_path / "absent.pem")) as monitor,
        pytest.raises(InvalidArgumentError, match=r"absent\.pem cannot be read"),
    ):
        monitor.models()


def test_a_name_that_is_not_in_the_certificate_is_no_good(
    start_collector: StartCollector, tls: dict[str, str], authority: Authority
) -> None:
    address = str(start_collector(tls=tls).grpc_address)
    for name, good in (("collector.example", True), ("other.example", False)):
        trusted: Any = driftline.Tls(authority.path, server_name=name)
        with driftline.connect(address, tls=trusted) as monitor:
            if good:
                assert len(monitor.models()) == 0
            else:
                with pytest.raises(UnavailableError):
                    monitor.models()
