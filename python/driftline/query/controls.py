"""One function a change: what a collector keeps, and what it compares with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from driftline.query.profiles import Profile
from driftline.query.transport import Transport
from driftline.v1 import control_pb2

if TYPE_CHECKING:
    from driftline.config import MonitorConfig

_SERVICE = "ControlService"


@dataclass(frozen=True)
class FlushResult:
    """A flush: the snapshot rows that it wrote, and its number."""

    rows: int
    sequence: int


def set_monitor(transport: Transport, monitor: "MonitorConfig | control_pb2.Monitor") -> None:
    """Sets the configuration of one model."""
    message = monitor if isinstance(monitor, control_pb2.Monitor) else monitor.to_proto()
    request = control_pb2.SetMonitorRequest(monitor=message)
    transport.call(_SERVICE, "SetMonitor", request, control_pb2.SetMonitorResponse)


def get_monitor(transport: Transport, model: str) -> "MonitorConfig":
    """The configuration in force."""
    from driftline.config import MonitorConfig

    request = control_pb2.GetMonitorRequest(model=model)
    response = transport.call(_SERVICE, "GetMonitor", request, control_pb2.GetMonitorResponse)
    return MonitorConfig.from_proto(response.monitor)


def set_baseline(transport: Transport, model: str, name: str, profile: Profile, make_default: bool) -> int:
    """Stores a profile as a named baseline; returns the number of columns taken in."""
    request = control_pb2.SetBaselineRequest(
        model=model, name=name, rows=_ipc_stream(profile.to_arrow()), make_default=make_default
    )
    return transport.call(_SERVICE, "SetBaseline", request, control_pb2.SetBaselineResponse).columns


def baseline(transport: Transport, model: str, name: str) -> Profile:
    """A stored baseline; the default one for an empty name."""
    request = control_pb2.GetBaselineRequest(model=model, name=name)
    response = transport.call(_SERVICE, "GetBaseline", request, control_pb2.GetBaselineResponse)
    return Profile(pa.ipc.open_stream(response.rows).read_all())


def flush(transport: Transport) -> FlushResult:
    """Has everything written to the data directory now."""
    response = transport.call(_SERVICE, "Flush", control_pb2.FlushRequest(), control_pb2.FlushResponse)
    return FlushResult(response.rows, response.sequence)


def _ipc_stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()
