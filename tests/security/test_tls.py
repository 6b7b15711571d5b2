"""Certificates of all doors: shown, asked for, swapped."""

import logging
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
from pyarrow import flight
from tests.security.authority import Authority, Pair
from tests.security.conftest import channel_credentials, https_get, shown_certificate

from driftline.collector import Collector
from driftline.errors import FailedPreconditionError
from driftline.v1 import query_pb2, query_pb2_grpc

StartCollector = Callable[..., Collector]
Tls = dict[str, str]


def ask(collector: Collector, credentials: grpc.ChannelCredentials | None) -> Any:
    address = str(collector.grpc_address)
    channel = grpc.secure_channel(address, credentials) if credentials else grpc.insecure_channel(address)
    with channel:
        stub = query_pb2_grpc.QueryServiceStub(channel)  # type: ignore[no-untyped-call]
        return stub.Models(query_pb2.ModelsRequest(), timeout=10)


def put(collector: Collector, **options: Any) -> None:
    batch = pa.record_batch({"a": [1.0]})
    with flight.connect(f"grpc+tls://{collector.flight_address}", **options) as client:
        writer, _ = client.do_put(flight.FlightDescriptor.for_path("m"), batch.schema)
        writer.write_batch(batch)
        writer.close()


def expired(authority: Authority, name: str) -> Pair:
    return authority.issue(name, expires=datetime.now(UTC) - timedelta(minutes=1))


def test_all_doors_are_encrypted(start_collector: StartCollector, tls: Tls, authority: Authority) -> None:
    collector = start_collector(tls=tls)
    assert len(ask(collector, channel_credentials(authority)).models) == 0
    put(collector, tls_root_certs=authority.path.read_bytes())
    assert https_get(str(collector.http_address), "/metrics", authority)[0] == 200
    with pytest.raises(grpc.RpcError):
        ask(collector, None)


def test_a_client_does_not_trust_the_certificate_of_somebody_else(
    start_collector: StartCollector, tls: Tls, tmp_path: Any
) -> None:
    collector = start_collector(tls=tls)
    stranger = Authority(tmp_path, "stranger")
    with pytest.raises(grpc.RpcError) as caught:
        ask(collector, channel_credentials(stranger))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    with pytest.raises(ssl.SSLCertVerificationError):
        https_get(str(collector.http_address), "/metrics", stranger)
    with pytest.raises(flight.FlightUnavailableError):
        put(collector, tls_root_certs=stranger.path.read_bytes())


def test_an_expired_certificate_of_the_collector_is_noticed(
    start_collector: StartCollector, authority: Authority
) -> None:
    old = expired(authority, "old")
    collector = start_collector(tls={"certificate": str(old.certificate), "private_key": str(old.key)})
    with pytest.raises(grpc.RpcError) as caught:
        ask(collector, channel_credentials(authority))
    assert "expired" in str(caught.value.details())
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        https_get(str(collector.http_address), "/healthz", authority)


def test_clients_show_certificates(
    start_collector: StartCollector, mutual_tls: Tls, authority: Authority, tmp_path: Any
) -> None:
    collector = start_collector(tls=mutual_tls)
    known = authority.issue("client.example")
    assert len(ask(collector, channel_credentials(authority, known)).models) == 0
    put(
        collector,
        tls_root_certs=authority.path.read_bytes(),
        cert_chain=known.certificate.read_bytes(),
        private_key=known.key.read_bytes(),
    )


@pytest.mark.parametrize("kind", ["none", "expired", "of a stranger"])
def test_clients_without_a_valid_certificate_get_nowhere(
    kind: str, start_collector: StartCollector, mutual_tls: Tls, authority: Authority, tmp_path: Any
) -> None:
    collector = start_collector(tls=mutual_tls)
    clients = {
        "none": None,
        "expired": expired(authority, "late.example"),
        "of a stranger": Authority(tmp_path, "stranger").issue("client.example"),
    }
    client = clients[kind]
    with pytest.raises(grpc.RpcError) as caught:
        ask(collector, channel_credentials(authority, client))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    options: dict[str, Any] = {"tls_root_certs": authority.path.read_bytes()}
    if client is not None:
        options |= {"cert_chain": client.certificate.read_bytes(), "private_key": client.key.read_bytes()}
    with pytest.raises(flight.FlightUnavailableError):
        put(collector, **options)


def test_pages_need_a_certificate_too_where_one_is_asked_for(
    start_collector: StartCollector, mutual_tls: Tls, authority: Authority, tmp_path: Path
) -> None:
    """But health does not, so the handshake goes through without."""
    address = str(start_collector(tls=mutual_tls).http_address)
    assert https_get(address, "/metrics", authority)[0] == 401
    assert https_get(address, "/metrics", authority, authority.issue("client.example"))[0] == 200
    assert https_get(address, "/readyz", authority)[0] == 200
    stranger = Authority(tmp_path, "stranger").issue("client.example", file="stranger-client")
    for bad in (stranger, expired(authority, "late.example")):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            https_get(address, "/readyz", authority, bad)


def test_other_authorities_of_clients_are_taken_while_running(
    start_collector: StartCollector, mutual_tls: Tls, authority: Authority, tmp_path: Path
) -> None:
    before, after = Authority(tmp_path, "before"), Authority(tmp_path, "after")
    trusted = tmp_path / "clients.pem"
    trusted.write_bytes(before.path.read_bytes())
    collector = start_collector(tls=mutual_tls | {"client_ca": str(trusted)})
    old, new = before.issue("old.example"), after.issue("new.example")
    page = str(collector.http_address)
    assert len(ask(collector, channel_credentials(authority, old)).models) == 0
    assert https_get(page, "/metrics", authority, old)[0] == 200
    trusted.write_bytes(after.path.read_bytes())
    assert len(ask(collector, channel_credentials(authority, new)).models) == 0
    assert https_get(page, "/metrics", authority, new)[0] == 200
    with pytest.raises(grpc.RpcError):
        ask(collector, channel_credentials(authority, old))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        https_get(page, "/metrics", authority, old)


def test_a_swapped_certificate_is_shown_to_the_next_connection(
    start_collector: StartCollector, tls: Tls, server: Pair, authority: Authority
) -> None:
    collector = start_collector(tls=tls)
    doors = (str(collector.grpc_address), str(collector.http_address))
    before = {shown_certificate(door, authority) for door in doors}
    assert len(before) == 1
    for _ in range(3):
        server.replace(authority.issue("collector.example", file="next"))
        expected = ssl.PEM_cert_to_DER_cert(server.certificate.read_text())
        assert [shown_certificate(door, authority) for door in doors] == [expected, expected]


def test_files_that_do_not_fit_together_change_nothing(
    start_collector: StartCollector,
    tls: Tls,
    server: Pair,
    authority: Authority,
    caplog: pytest.LogCaptureFixture,
) -> None:
    collector = start_collector(tls=tls)
    doors = (str(collector.grpc_address), str(collector.http_address))
    before = [shown_certificate(door, authority) for door in doors]
    other = authority.issue("collector.example", file="next")
    key = server.key.read_bytes()
    server.key.write_bytes(other.key.read_bytes())
    with caplog.at_level(logging.ERROR, "driftline.collector"):
        assert [shown_certificate(door, authority) for door in doors] == before
        server.key.unlink()
        assert [shown_certificate(door, authority) for door in doors] == before
        server.key.write_bytes(b"half of a k")
        assert [shown_certificate(door, authority) for door in doors] == before
    refused = [record for record in caplog.records if "the last one stays" in record.getMessage()]
    assert len(refused) == 3, "each state of the files is tried once"
    server.key.write_bytes(key)
    assert [shown_certificate(door, authority) for door in doors] == before
    server.replace(other)
    assert shown_certificate(doors[0], authority) != before[0]


def test_swaps_under_load_fail_no_call(
    start_collector: StartCollector, tls: Tls, server: Pair, authority: Authority
) -> None:
    collector = start_collector(tls=tls)
    done = threading.Event()
    calls, failures = [0], []

    def call() -> None:
        while not done.is_set():
            try:
                ask(collector, channel_credentials(authority))
                assert https_get(str(collector.http_address), "/metrics", authority)[0] == 200
                calls[0] += 1
            except Exception as error:  # noqa: BLE001 (it is counted)
                failures.append(error)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    pairs = [authority.issue("collector.example", file=f"next-{number}") for number in range(20)]
    for pair in pairs:
        before = calls[0]
        server.replace(pair)
        deadline = time.monotonic() + 10
        while calls[0] < before + 2 and time.monotonic() < deadline:
            time.sleep(0.005)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert calls[0] >= 2 * len(pairs)


@pytest.mark.parametrize("fault", ["no file", "another key", "a key with a password"])
def test_a_bad_certificate_stops_the_start(
    fault: str, start_collector: StartCollector, tls: Tls, authority: Authority, tmp_path: Any
) -> None:
    other = authority.issue("other.example")
    if fault == "another key":
        tls["private_key"] = str(other.key)
    elif fault == "no file":
        tls["certificate"] = str(tmp_path / "absent.pem")
    else:
        tls |= encrypted(other, tmp_path)
    with pytest.raises(FailedPreconditionError, match=r"tls: certificate .*\.pem, private_key .*\.key: "):
        start_collector(tls=tls)


def encrypted(pair: Pair, folder: Any) -> Tls:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    path = folder / "encrypted.key"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        )
    )
    return {"certificate": str(pair.certificate), "private_key": str(path)}


def test_older_protocols_are_refused(start_collector: StartCollector, tls: Tls, authority: Authority) -> None:
    collector = start_collector(tls=tls)
    for address in (collector.grpc_address, collector.http_address, collector.flight_address):
        host, _, port = str(address).rpartition(":")
        context = ssl.create_default_context(cafile=authority.path)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1_1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with (
            socket.create_connection((host, int(port)), timeout=10) as plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            context.wrap_socket(plain, server_hostname="localhost").close()


def test_a_session_does_not_outlive_the_trust_in_its_certificate(
    start_collector: StartCollector,
    mutual_tls: Tls,
    authority: Authority,
    tmp_path: Path,
) -> None:
    """A handshake that is cut short by a ticket would not look at the certificate again."""
    before, after = Authority(tmp_path, "before"), Authority(tmp_path, "after")
    trusted = tmp_path / "clients.pem"
    trusted.write_bytes(before.path.read_bytes())
    address = str(start_collector(tls=mutual_tls | {"client_ca": str(trusted)}).http_address)
    client = before.issue("old.example")
    context = ssl.create_default_context(cafile=authority.path)
    context.load_cert_chain(client.certificate, client.key)
    first, session = page_of(address, context, None)
    assert first.startswith(b"HTTP/1.1 200")
    assert page_of(address, context, session)[0].startswith(b"HTTP/1.1 200")
    trusted.write_bytes(after.path.read_bytes())
    assert not is_answered(address, context, session)
    assert not is_answered(address, context, None)


def test_with_certificates_of_clients_no_older_protocol_takes_up_a_session(
    start_collector: StartCollector, mutual_tls: Tls, authority: Authority
) -> None:
    address = str(start_collector(tls=mutual_tls).http_address)
    client = authority.issue("client.example")
    context = ssl.create_default_context(cafile=authority.path)
    context.load_cert_chain(client.certificate, client.key)
    assert is_answered(address, context, None)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert not is_answered(address, context, None)


def is_answered(address: str, context: ssl.SSLContext, session: ssl.SSLSession | None) -> bool:
    try:
        return page_of(address, context, session)[0].startswith(b"HTTP/1.1 200")
    except (ssl.SSLError, ConnectionError):
        return False


def page_of(
    address: str, context: ssl.SSLContext, session: ssl.SSLSession | None
) -> tuple[bytes, ssl.SSLSession | None]:
    """What ``/metrics`` answers, and the session to go on with."""
    host, _, port = address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=session) as encrypted,
    ):
        encrypted.sendall(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: encrypted.recv(65_536), b""))
        return answer, encrypted.session
