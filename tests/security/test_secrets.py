"""A secret that was told is found nowhere: not in logs, not on pages, not in what is printed, not on disk."""

import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.security.authority import Authority, Pair
from tests.security.conftest import Principal, channel_credentials, https_get, sha256
from tests.waiting import is_soon

import driftline
from driftline.client import Client
from driftline.collector.certificates import Certificates
from driftline.config import CollectorConfig, TlsConfig, load_config
from driftline.v1 import query_pb2, query_pb2_grpc

CANARY = "canary-of-a-token-7f3a"
WRONG = "canary-of-a-wrong-token-51c0"


def holds_no_secret(text: str, server: Pair) -> bool:
    """Whether neither a token nor a line of the private key is in a text."""
    key = [line for line in server.key.read_text().splitlines() if not line.startswith("-----")]
    assert key
    return not any(secret in text for secret in ("canary", *key))


def test_a_token_leaves_no_trace_in_the_collector(
    start_process: Callable[..., Any],
    tls: dict[str, str],
    server: Pair,
    authority: Authority,
    principal: Principal,
    tmp_path: Path,
) -> None:
    """Good and bad tokens at every door, logs at their most talkative."""
    scopes = ("ingest", "query", "control")
    owner = principal("owner", *scopes, tokens=[{"sha256": sha256(CANARY)}])
    data = tmp_path / "data"
    process = start_process(tls=tls, principals=[owner], data_dir=str(data), log_level="debug")
    trusted = driftline.Tls(authority.path)
    with Client(process.grpc_address, model="m", token=CANARY, tls=trusted) as client:
        client.log({"a": 1.0})
        assert client.flush(20)
    with driftline.connect(process.grpc_address, token=CANARY, tls=trusted) as monitor:
        monitor.flush()
        assert holds_no_secret(repr(monitor), server)
    for token in (CANARY, WRONG):
        _, _, page = https_get(process.http_address, "/metrics", authority, authorization=f"Bearer {token}")
        assert holds_no_secret(page.decode(), server)
    with grpc.secure_channel(process.grpc_address, channel_credentials(authority)) as channel:
        stub: Any = query_pb2_grpc.QueryServiceStub(channel)  # type: ignore[no-untyped-call]
        for metadata in ([("authorization", f"Bearer {WRONG}")], [("authorization", WRONG)] * 2):
            with pytest.raises(grpc.RpcError) as caught:
                stub.Models(query_pb2.ModelsRequest(), metadata=metadata, timeout=10)
            assert holds_no_secret(str(caught.value.details()), server)
    assert process.terminate() == 0
    assert any(entry["message"] == "control call" for entry in process.logs), "the logs were read"
    assert holds_no_secret(json.dumps(process.logs), server)
    files = [path for path in data.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in files)
    assert all(holds_no_secret(path.read_bytes().decode("latin-1"), server) for path in files)


def test_what_is_printed_shows_no_secret(
    tls: dict[str, str], server: Pair, principal: Principal, tmp_path: Path
) -> None:
    config = CollectorConfig.model_validate({"tls": tls, "principals": [principal("a", "query")]})
    certificates = Certificates(TlsConfig.model_validate(tls))
    for thing in (config, certificates, certificates.current(), Client(model="m", token=CANARY)):
        assert holds_no_secret(f"{thing!r} {thing}", server)
    assert sha256("token-of-a") not in f"{config!r} {config}"


def test_a_client_that_fails_logs_no_token(
    tls: dict[str, str],
    server: Pair,
    start_collector: Callable[..., Any],
    authority: Authority,
    principal: Principal,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    collector = start_collector(tls=tls, principals=[principal("a", "query")])
    file = tmp_path / "token"
    file.write_text(CANARY)
    with caplog.at_level(logging.DEBUG):
        client = Client(
            str(collector.grpc_address), model="m", token_file=file, tls=driftline.Tls(authority.path)
        )
        client.log({"a": 1.0})
        client.flush(0.5)
        assert is_soon(lambda: "refuses this client" in caplog.text)
        file.write_text(f"{CANARY} of two words")
        client.flush(1.0)
        client.close(0)
    assert holds_no_secret(caplog.text, server)


def test_a_configuration_with_a_token_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    config = tmp_path / "driftline.yaml"
    config.write_text(f"principals:\n  - name: a\n    scopes: [query]\n    tokens: [{{sha256: {CANARY}}}]\n")
    with pytest.raises(driftline.DriftlineError) as caught:
        load_config(config, {})
    assert "canary" not in str(caught.value)
    assert "canary" not in "".join(traceback.format_exception_only(caught.value))
