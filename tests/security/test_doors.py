"""Strangers, guests and owners at the doors of a running collector."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pyarrow as pa
import pytest
from pyarrow import flight
from tests.security.authority import Authority
from tests.security.conftest import Principal, channel_credentials, https_get

import driftline
from driftline.collector import Collector
from driftline.collector.health_messages import SERVICE as HEALTH
from driftline.collector.health_messages import HealthCheckRequest, HealthCheckResponse
from driftline.v1 import (
    canary_pb2,
    column_sets_pb2,
    concept_pb2,
    control_pb2,
    control_pb2_grpc,
    estimated_pb2,
    evidence_pb2,
    fairness_pb2,
    ingest_pb2,
    ingest_pb2_grpc,
    objectives_pb2,
    performance_pb2,
    quality_pb2,
    query_pb2,
    query_pb2_grpc,
    selection_pb2,
    series_pb2,
    signals_pb2,
    windows_pb2,
)

StartCollector = Callable[..., Collector]
Tls = dict[str, str]
BATCH = pa.record_batch({"a": [1.0, 2.0]})
OWNERS = ("ingest", "query", "control")


def records() -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, BATCH.schema) as writer:
        writer.write_batch(BATCH)
    return sink.getvalue().to_pybytes()


class Door:
    """The gRPC door, with a token or without."""

    def __init__(self, channel: grpc.Channel, token: str | None = None) -> None:
        self._channel = channel
        self._metadata = [("authorization", f"Bearer {token}")] if token else []

    def call(self, service: str, method: str, request: Any) -> Any:
        stubs: dict[str, Any] = {
            "Ingest": ingest_pb2_grpc.IngestServiceStub,
            "Query": query_pb2_grpc.QueryServiceStub,
            "Control": control_pb2_grpc.ControlServiceStub,
        }
        answer = getattr(stubs[service](self._channel), method)(request, metadata=self._metadata, timeout=20)
        return list(answer) if method == "Ingest" else answer

    def code(self, service: str, method: str, request: Any) -> grpc.StatusCode:
        """The status of a call that is refused."""
        with pytest.raises(grpc.RpcError) as caught:
            self.call(service, method, request)
        code: grpc.StatusCode = caught.value.code()
        return code

    def send(self, model: str) -> Any:
        return self.call("Ingest", "IngestBatch", batch_of(model))


def batch_of(model: str) -> Any:
    return ingest_pb2.IngestRequest(model=model, records=records())


def monitor_of(model: str) -> Any:
    return control_pb2.SetMonitorRequest(monitor=control_pb2.Monitor(model=model))


def selection(model: str) -> Any:
    return selection_pb2.Selection(model=model)


def baseline_of(model: str) -> Any:
    profile = driftline.profile(pa.Table.from_batches([BATCH])).to_arrow()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, profile.schema) as writer:
        writer.write_table(profile)
    rows = sink.getvalue().to_pybytes()
    return control_pb2.SetBaselineRequest(model=model, name="training", rows=rows)


# Calls of the control service that change nothing.
READ = {("reader", "GetMonitor"), ("reader", "GetBaseline")}
CALLS = {
    ("Ingest", "IngestBatch"): lambda: batch_of("m"),
    ("Ingest", "Ingest"): lambda: iter([batch_of("m")]),
    ("Query", "Models"): query_pb2.ModelsRequest,
    ("Query", "Stats"): query_pb2.StatsRequest,
    ("Query", "Summary"): lambda: query_pb2.SummaryRequest(selection=selection("m")),
    ("Control", "SetMonitor"): lambda: monitor_of("m"),
    ("Control", "GetMonitor"): lambda: control_pb2.GetMonitorRequest(model="m"),
    ("Control", "SetBaseline"): lambda: baseline_of("m"),
    ("Control", "GetBaseline"): lambda: control_pb2.GetBaselineRequest(model="m"),
    ("Control", "Flush"): control_pb2.FlushRequest,
}


@pytest.fixture
def channel_to(authority: Authority) -> Iterator[Callable[[Collector], grpc.Channel]]:
    opened: list[grpc.Channel] = []

    def open_channel(collector: Collector) -> grpc.Channel:
        opened.append(grpc.secure_channel(str(collector.grpc_address), channel_credentials(authority)))
        return opened[-1]

    yield open_channel
    for channel in opened:
        channel.close()


@pytest.fixture
def guarded(start_collector: StartCollector, tls: Tls, principal: Principal, tmp_path: Any) -> Collector:
    principals = [
        principal("owner", *OWNERS),
        principal("guest", *OWNERS, models=["m"]),
        principal("sender", "ingest"),
        principal("reader", "query"),
    ]
    return start_collector(tls=tls, principals=principals, data_dir=str(tmp_path / "data"))


def test_strangers_get_nothing(guarded: Collector, channel_to: Any) -> None:
    channel = channel_to(guarded)
    for token in (None, "wrong"):
        for (service, method), request in CALLS.items():
            code = Door(channel, token).code(service, method, request())
            assert code is grpc.StatusCode.UNAUTHENTICATED, (token, method)
    assert Door(channel, "token-of-owner").call("Query", "Stats", query_pb2.StatsRequest()).records == 0


def test_everybody_gets_what_the_scopes_say(guarded: Collector, channel_to: Any) -> None:
    channel = channel_to(guarded)
    for (service, method), request in CALLS.items():
        Door(channel, "token-of-owner").call(service, method, request())
    needed = {"Ingest": "sender", "Query": "reader", "Control": None}
    for name in ("sender", "reader"):
        door = Door(channel, f"token-of-{name}")
        for (service, method), request in CALLS.items():
            if needed[service] == name or (name, method) in READ:
                door.call(service, method, request())
            else:
                assert door.code(service, method, request()) is grpc.StatusCode.PERMISSION_DENIED, (
                    name,
                    method,
                )


def test_health_needs_no_token_and_unknown_methods_do_not_exist(guarded: Collector, channel_to: Any) -> None:
    channel = channel_to(guarded)
    check = channel.unary_unary(
        f"/{HEALTH}/Check", HealthCheckRequest.SerializeToString, HealthCheckResponse.FromString
    )
    assert check(HealthCheckRequest(), timeout=10).status == 1
    for method in ("/driftline.v1.QueryService/Secrets", "/other.Service/Check", f"/{HEALTH}/List"):
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(method)(b"", timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_guest_sends_records_of_its_models_only(guarded: Collector, channel_to: Any) -> None:
    guest = Door(channel_to(guarded), "token-of-guest")
    assert guest.send("m").records == 2
    assert guest.code("Ingest", "IngestBatch", batch_of("n")) is grpc.StatusCode.PERMISSION_DENIED
    answers = guest.call("Ingest", "Ingest", iter([batch_of("m"), batch_of("n"), batch_of("m")]))
    (rejection,) = [each for answer in answers for each in answer.rejections]
    assert (rejection.code, rejection.reason) == (7, "permission")
    assert sum(answer.records for answer in answers) == 4
    stats = Door(channel_to(guarded), "token-of-owner").call("Query", "Stats", query_pb2.StatsRequest())
    assert {(each.model, each.records) for each in stats.versions} == {("m", 6)}
    assert stats.batches_rejected == {"permission": 2}


def test_a_guest_asks_about_its_models_only(guarded: Collector, channel_to: Any) -> None:
    channel = channel_to(guarded)
    owner, guest = Door(channel, "token-of-owner"), Door(channel, "token-of-guest")
    owner.send("m")
    owner.send("n")
    assert [each.name for each in guest.call("Query", "Models", query_pb2.ModelsRequest()).models] == ["m"]
    stats = guest.call("Query", "Stats", query_pb2.StatsRequest())
    assert [each.model for each in stats.versions] == ["m"]
    own = query_pb2.DriftRequest(
        selection=selection("m"), reference=selection_pb2.Reference(records=selection("m"))
    )
    guest.call("Query", "Drift", own)
    refused = {
        "Summary": query_pb2.SummaryRequest(selection=selection("n")),
        "Profile": query_pb2.ProfileRequest(selection=selection("n")),
        "Quantiles": query_pb2.QuantilesRequest(selection=selection("n"), column="a"),
        "Distribution": query_pb2.DistributionRequest(selection=selection("n"), column="a"),
        "Fairness": fairness_pb2.FairnessRequest(selection=selection("n")),
        "Performance": performance_pb2.PerformanceRequest(selection=selection("n")),
        "EstimatedPerformance": estimated_pb2.EstimatedPerformanceRequest(
            selection=selection("m"), reference=selection_pb2.Reference(records=selection("n"))
        ),
        "Quality": quality_pb2.QualityRequest(
            selection=selection("m"), reference=selection_pb2.Reference(records=selection("n"))
        ),
        "Series": series_pb2.SeriesRequest(selection=selection("n")),
        "ColumnSets": column_sets_pb2.ColumnSetsRequest(selection=selection("n")),
        "Windows": windows_pb2.WindowsRequest(selection=selection("n")),
        "Objectives": objectives_pb2.ObjectivesRequest(selection=selection("n")),
        "Signals": signals_pb2.SignalsRequest(selection=selection("n")),
        "Concept": concept_pb2.ConceptRequest(selection=selection("n")),
        "Drift": query_pb2.DriftRequest(
            selection=selection("m"), reference=selection_pb2.Reference(records=selection("n"))
        ),
        "Evidence": evidence_pb2.EvidenceRequest(
            selection=selection("m"), reference=selection_pb2.Reference(records=selection("n"))
        ),
        "Canary": canary_pb2.CanaryRequest(selection=selection("n"), control="1", canary="2"),
    }
    service = query_pb2.DESCRIPTOR.services_by_name["QueryService"]
    assert {*refused, "Models", "Stats"} == set(service.methods_by_name), "every question is guarded"
    for method, request in refused.items():
        assert guest.code("Query", method, request) is grpc.StatusCode.PERMISSION_DENIED, method
    assert guest.code("Query", "Summary", query_pb2.SummaryRequest()) is grpc.StatusCode.PERMISSION_DENIED


def test_a_guest_changes_its_models_only(guarded: Collector, channel_to: Any) -> None:
    guest = Door(channel_to(guarded), "token-of-guest")
    guest.send("m")
    rows = guest.call("Query", "Profile", query_pb2.ProfileRequest(selection=selection("m"))).rows
    guest.call("Control", "SetMonitor", monitor_of("m"))
    guest.call("Control", "SetBaseline", control_pb2.SetBaselineRequest(model="m", name="b", rows=rows))
    for method, request in {
        "SetMonitor": monitor_of("n"),
        "GetMonitor": control_pb2.GetMonitorRequest(model="n"),
        "SetBaseline": control_pb2.SetBaselineRequest(model="n", name="b", rows=rows),
        "Flush": control_pb2.FlushRequest(),
    }.items():
        assert guest.code("Control", method, request) is grpc.StatusCode.PERMISSION_DENIED, method


def test_a_request_that_is_none_is_no_fault_of_ours(guarded: Collector, channel_to: Any) -> None:
    ask = channel_to(guarded).unary_unary("/driftline.v1.QueryService/Summary")
    with pytest.raises(grpc.RpcError) as caught:
        ask(b"\xff\xff", metadata=[("authorization", "Bearer token-of-guest")], timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_control_calls_are_in_the_audit_log(
    guarded: Collector, channel_to: Any, caplog: pytest.LogCaptureFixture
) -> None:
    channel = channel_to(guarded)
    owner, guest, stranger = (Door(channel, token) for token in ("token-of-owner", "token-of-guest", "wrong"))
    with caplog.at_level(logging.INFO, "driftline.audit"):
        owner.call("Control", "SetMonitor", monitor_of("m"))
        guest.code("Control", "SetMonitor", monitor_of("n\n2026-01-01 forged line"))
        stranger.code("Control", "Flush", control_pb2.FlushRequest())
        owner.call("Query", "Models", query_pb2.ModelsRequest())
    done, denied, refused = (vars(record) for record in caplog.records)
    assert (done["msg"], done["principal"], done["method"], done["model"], done["outcome"]) == (
        "control call",
        "owner",
        "SetMonitor",
        "m",
        "done",
    )
    assert done["peer"].startswith("ipv4:127.0.0.1:")
    assert (denied["principal"], denied["outcome"]) == ("guest", "PermissionDeniedError")
    assert denied["model"].startswith("n2026-01-01 forged line~")
    assert refused["msg"] == "control call refused"
    assert refused["method"].endswith("/Flush")


@pytest.mark.parametrize(
    ("token", "status"), [(None, 401), ("wrong", 401), ("token-of-sender", 403), ("token-of-guest", 403)]
)
def test_pages_need_the_scope_and_health_nothing(
    token: str | None, status: int, guarded: Collector, authority: Authority
) -> None:
    address = str(guarded.http_address)
    headers: Any = {"authorization": f"Bearer {token}"} if token else {}
    for path in ("/", "/metrics", "/other", "//metrics", "/healthz/../metrics"):
        found, shown, body = https_get(address, path, authority, **headers)
        assert found == status, path
        assert b"driftline_" not in body
        assert ("www-authenticate" in shown) == (status == 401)
    for path in ("/healthz", "/readyz"):
        assert https_get(address, path, authority, **headers)[0] == 200
    found, _, body = https_get(address, "/metrics", authority, authorization="Bearer token-of-reader")
    assert found == 200
    reason = {401: "unauthenticated", 403: "permission"}[status]
    assert f'driftline_calls_refused_total{{reason="{reason}"}} 5.0'.encode() in body


def put(collector: Collector, authority: Authority, token: str | None, model: str) -> None:
    headers: Any = [(b"authorization", f"Bearer {token}".encode())] if token else []
    roots: Any = authority.path.read_bytes()
    options = flight.FlightCallOptions(headers=headers)
    location = f"grpc+tls://{collector.flight_address}"
    with flight.connect(location, tls_root_certs=roots) as client:
        writer, _ = client.do_put(flight.FlightDescriptor.for_path(model), BATCH.schema, options)
        writer.write_batch(BATCH)
        writer.close()


def test_the_flight_door_has_the_same_rules(
    guarded: Collector, authority: Authority, channel_to: Any
) -> None:
    put(guarded, authority, "token-of-sender", "n")
    put(guarded, authority, "token-of-guest", "m")
    for token in (None, "wrong"):
        with pytest.raises(flight.FlightUnauthenticatedError):
            put(guarded, authority, token, "m")
    for token, model in (("token-of-reader", "m"), ("token-of-guest", "n")):
        with pytest.raises(flight.FlightUnauthorizedError):
            put(guarded, authority, token, model)
    stats = Door(channel_to(guarded), "token-of-owner").call("Query", "Stats", query_pb2.StatsRequest())
    assert {(each.model, each.records) for each in stats.versions} == {("m", 2), ("n", 2)}


def test_a_certificate_stands_for_its_principal(
    start_collector: StartCollector, mutual_tls: Tls, authority: Authority, principal: Principal
) -> None:
    principals = [
        principal("service", "ingest", tokens=[], certificates=["service.example"]),
        principal("prometheus", "query", tokens=[], certificates=["prometheus.example"]),
    ]
    collector = start_collector(tls=mutual_tls, principals=principals)
    service, prometheus, other = map(
        authority.issue, ("service.example", "prometheus.example", "other.example")
    )
    address = str(collector.grpc_address)
    with grpc.secure_channel(address, channel_credentials(authority, service)) as channel:
        assert Door(channel).send("m").records == 2
        assert Door(channel).code("Query", "Models", query_pb2.ModelsRequest()) is (
            grpc.StatusCode.PERMISSION_DENIED
        )
    with grpc.secure_channel(address, channel_credentials(authority, other)) as channel:
        assert Door(channel).code("Ingest", "IngestBatch", batch_of("m")) is grpc.StatusCode.UNAUTHENTICATED
    page = str(collector.http_address)
    for client, status in ((prometheus, 200), (service, 403), (other, 401), (None, 401)):
        assert https_get(page, "/metrics", authority, client)[0] == status
    assert https_get(page, "/readyz", authority)[0] == 200
