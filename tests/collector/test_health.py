from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from driftline.collector import Collector
from driftline.collector.health_messages import HealthCheckRequest, HealthCheckResponse, ServingStatus
from driftline.collector.health_service import MAX_WATCHERS


@pytest.fixture
def channel(collector: Collector) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(str(collector.grpc_address)) as channel:
        yield channel


def method(channel: grpc.Channel, name: str) -> Callable[..., Any]:
    make = channel.unary_unary if name == "Check" else channel.unary_stream
    return make(
        f"/grpc.health.v1.Health/{name}",
        request_serializer=HealthCheckRequest.SerializeToString,
        response_deserializer=HealthCheckResponse.FromString,
    )


def test_the_messages_are_those_of_the_standard() -> None:
    assert HealthCheckRequest(service="abc").SerializeToString() == b"\x0a\x03abc"
    assert HealthCheckResponse(status=ServingStatus.NOT_SERVING).SerializeToString() == b"\x08\x02"


@pytest.mark.parametrize("service", ["", "driftline.v1.IngestService", "driftline.v1.QueryService"])
def test_a_running_collector_serves(service: str, channel: grpc.Channel) -> None:
    answer = method(channel, "Check")(HealthCheckRequest(service=service), timeout=60)
    assert answer.status == ServingStatus.SERVING


def test_an_unknown_service_is_not_found(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        method(channel, "Check")(HealthCheckRequest(service="other"), timeout=60)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    watch = method(channel, "Watch")(HealthCheckRequest(service="other"), timeout=60)
    assert next(watch).status == ServingStatus.SERVICE_UNKNOWN
    watch.cancel()


def test_watchers_are_told_of_the_stop(collector: Collector, channel: grpc.Channel) -> None:
    watch = method(channel, "Watch")(HealthCheckRequest())
    assert next(watch).status == ServingStatus.SERVING
    collector.stop(grace=0.5)
    assert next(watch).status == ServingStatus.NOT_SERVING
    with pytest.raises(grpc.RpcError):
        next(watch)


def test_watchers_are_bounded_and_make_room_when_they_leave(channel: grpc.Channel) -> None:
    watches = [method(channel, "Watch")(HealthCheckRequest()) for _ in range(MAX_WATCHERS)]
    for watch in watches:
        assert next(watch).status == ServingStatus.SERVING
    with pytest.raises(grpc.RpcError) as caught:
        next(method(channel, "Watch")(HealthCheckRequest()))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    for watch in watches:
        watch.cancel()
    check = method(channel, "Check")
    for _ in range(100):
        assert check(HealthCheckRequest(), timeout=60).status == ServingStatus.SERVING
        try:
            assert next(method(channel, "Watch")(HealthCheckRequest())).status == ServingStatus.SERVING
        except grpc.RpcError:
            continue
        return
    raise AssertionError("no watcher made room")
