"""Clients that are slow, silent, stopped or out of reach: they are cut off, and their places go to others."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.collector.stalled_engine import put_behind_gate
from tests.reliability.proxy import Proxy
from tests.reliability.raw_client import CHECK, INGEST, INGEST_BATCH, RawClient, framed
from tests.waiting import is_soon

from driftline.client import Client
from driftline.collector import Collector
from driftline.collector.health_messages import HealthCheckRequest, HealthCheckResponse, ServingStatus
from driftline.collector.single_requests import OTHER_PLACES_PER_PEER, PLACES
from driftline.v1 import ingest_pb2, ingest_pb2_grpc

StartCollector = Callable[..., Collector]

SECONDS = 20.0
LONG = 600.0
QUICK_KEEPALIVE = {
    "client_timeout_seconds": LONG,
    "keepalive_seconds": 1.0,
    "keepalive_timeout_seconds": 4.0,
}
QUICK_TIMEOUT = {"client_timeout_seconds": 1.0, "keepalive_seconds": 1.0}

REQUEST = ingest_pb2.IngestRequest(
    producer_id="p", sequence=1, model="m", records=b"x" * 50, acknowledge=True
)


def streams(collector: Collector) -> int:
    return collector._admission.open_streams


def refused_for_being_slow(collector: Collector) -> float:
    (family,) = collector._access.refusals.collect()
    return {each.labels["reason"]: each.value for each in family.samples}["slow"]


def delivers(address: str) -> bool:
    with Client(address, model="m") as client:
        client.log({"a": 1.0})
        return client.flush(SECONDS)


@pytest.fixture
def sleeper() -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Starts clients that keep their stream; gives them when they have it."""
    started: list[subprocess.Popen[str]] = []

    def start(address: str) -> "subprocess.Popen[str]":
        command = [sys.executable, str(Path(__file__).with_name("sleeper.py")), address]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for each in started:
        each.kill()
        each.communicate()


def test_a_stopped_client_is_cut_off(
    start_collector: StartCollector, sleeper: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    collector = start_collector(max_streams=1, **QUICK_KEEPALIVE)
    process = sleeper(str(collector.grpc_address))
    time.sleep(7.0)
    assert streams(collector) == 1, "a silent client that is alive keeps its stream"
    process.send_signal(signal.SIGSTOP)
    assert is_soon(lambda: streams(collector) == 0)
    assert delivers(str(collector.grpc_address))


def test_a_client_out_of_reach_is_cut_off(
    start_collector: StartCollector, sleeper: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    collector = start_collector(max_streams=1, **QUICK_KEEPALIVE)
    with Proxy(str(collector.grpc_address)) as proxy:
        sleeper(proxy.address)
        assert streams(collector) == 1
        proxy.stand_still()
        assert is_soon(lambda: streams(collector) == 0)
        assert delivers(str(collector.grpc_address))


def test_who_connects_and_says_nothing_is_cut_off(start_collector: StartCollector) -> None:
    collector = start_collector(**QUICK_KEEPALIVE)
    host, _, port = str(collector.grpc_address).rpartition(":")
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    empty_settings = b"\0\0\0\4\0\0\0\0\0"
    for greeting in (b"", preface, preface + empty_settings):
        with socket.create_connection((host, int(port)), timeout=SECONDS) as silent:
            silent.sendall(greeting)
            while silent.recv(65_536):
                pass


def test_connections_are_bounded(start_collector: StartCollector) -> None:
    collector = start_collector(max_connections=2, **QUICK_KEEPALIVE)
    address = str(collector.grpc_address)
    host, _, port = address.rpartition(":")
    with RawClient(address) as first, RawClient(address):
        with socket.create_connection((host, int(port)), timeout=SECONDS) as third:
            assert third.recv(100) == b""
        assert not first.wait_for_end(0.0)
    assert delivers(address)


def test_a_client_that_sends_a_request_too_slowly_is_cut_off(start_collector: StartCollector) -> None:
    """It is alive, answers pings, and every byte comes soon after the one before."""
    collector = start_collector(max_streams=1, **QUICK_TIMEOUT)
    with RawClient(str(collector.grpc_address)) as client:
        call = client.call(INGEST)
        message = framed(REQUEST.SerializeToString())
        assert client.send(call, message)
        for byte in message[:-1]:
            client.send(call, bytes([byte]))
            if client.wait_for_end(0.1):
                break
        else:
            pytest.fail("it was not cut off")
    assert is_soon(lambda: streams(collector) == 0)
    assert is_soon(lambda: refused_for_being_slow(collector) == 1)
    assert delivers(str(collector.grpc_address))


def test_half_requests_of_single_calls_are_cut_off(
    start_collector: StartCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLACES, "IngestService", 2)
    collector = start_collector(**QUICK_TIMEOUT)
    with RawClient(str(collector.grpc_address)) as client:
        for _ in range(2):
            client.send(client.call(INGEST_BATCH), framed(REQUEST.SerializeToString())[:20])
        assert client.wait_for_end(SECONDS)
        assert is_soon(lambda: refused_for_being_slow(collector) == 2)
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        stub: Any = ingest_pb2_grpc.IngestServiceStub(channel)  # type: ignore[no-untyped-call]

        def is_read() -> bool:
            with pytest.raises(grpc.RpcError) as caught:
                stub.IngestBatch(REQUEST, timeout=SECONDS)
            return "Arrow" in str(caught.value.details())

        assert is_soon(is_read), "the places go to others"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a whole network of loopback addresses")
def test_half_requests_from_one_machine_leave_health_to_others(start_collector: StartCollector) -> None:
    collector = start_collector()
    address = str(collector.grpc_address)
    with RawClient(address, source="127.0.0.2") as client:
        for _ in range(OTHER_PLACES_PER_PEER + 2):
            client.send(client.call(CHECK), framed(b"x" * 10)[:5])
        assert client.wait_for_end(SECONDS), "the last two find no place"
        with grpc.insecure_channel(address) as channel:
            check = channel.unary_unary(
                CHECK, HealthCheckRequest.SerializeToString, HealthCheckResponse.FromString
            )
            assert check(HealthCheckRequest(), timeout=SECONDS).status == ServingStatus.SERVING


def test_a_client_that_takes_no_answers_is_cut_off(start_collector: StartCollector) -> None:
    collector = start_collector(max_streams=1, **QUICK_TIMEOUT)
    with RawClient(str(collector.grpc_address), takes_answers=False) as client:
        call = client.call(INGEST)
        message = framed(REQUEST.SerializeToString())
        deadline = time.monotonic() + SECONDS
        while not client.wait_for_end(0.0) and time.monotonic() < deadline:
            if not client.send(call, message * 10):
                time.sleep(0.01)
        assert client.wait_for_end(0.0)
    assert is_soon(lambda: streams(collector) == 0)
    assert is_soon(lambda: refused_for_being_slow(collector) == 1)
    assert delivers(str(collector.grpc_address))


def test_our_own_slowness_is_not_held_against_a_client(
    start_collector: StartCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = put_behind_gate(monkeypatch)
    collector = start_collector(client_timeout_seconds=1.5)
    client = Client(str(collector.grpc_address), model="m", linger_seconds=0.0)
    with gate.shut():
        client.log({"a": 1.0})
        assert not client.flush(4.0)
    assert client.flush(SECONDS)
    assert client.stats.resent_batches == 0
    client.close()
