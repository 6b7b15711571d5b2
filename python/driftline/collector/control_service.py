"""``ControlService``: what is set here is also kept in the data directory."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import grpc
import pyarrow as pa

from driftline._core import Engine, check_stream
from driftline.collector import audit
from driftline.collector.access import Principal
from driftline.collector.flusher import Flusher
from driftline.collector.grpc_access import Callers
from driftline.collector.statuses import statuses
from driftline.errors import FailedPreconditionError, InvalidArgumentError, InvalidBatchError
from driftline.query.stored_baseline import stored_baseline
from driftline.storage import ProfileStore
from driftline.v1 import control_pb2

SERVICE = "driftline.v1.ControlService"

MAX_ROWS_BYTES = 16 * 1024 * 1024
"""What the rows of a baseline may decompress to is four times this."""

Request = TypeVar("Request")
Response = TypeVar("Response")


class ControlService:
    """
    Monitors, baselines and flushes of one engine.

    Parameters
    ----------
    engine
        What is configured.
    store
        Keeps it over a restart; ``None``: nothing does.
    flusher
        Writes the state when asked; ``None`` where there is no data directory.
    callers
        Knows who calls.
    keeps_records
        Whether there is a place for records that monitors keep.
    """

    def __init__(
        self,
        engine: Engine,
        store: ProfileStore | None,
        flusher: Flusher | None,
        callers: Callers,
        *,
        keeps_records: bool = False,
    ) -> None:
        self._engine = engine
        self._store = store
        self._flusher = flusher
        self._callers = callers
        self._keeps_records = keeps_records

    def handler(self) -> "grpc.GenericRpcHandler[Any, Any]":
        """What the server registers."""
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "SetMonitor": self._handler(
                    "SetMonitor", control_pb2.SetMonitorRequest.FromString, self._set_monitor
                ),
                "GetMonitor": self._handler(
                    "GetMonitor", control_pb2.GetMonitorRequest.FromString, self._get_monitor
                ),
                "SetBaseline": self._handler(
                    "SetBaseline", control_pb2.SetBaselineRequest.FromString, self._set_baseline
                ),
                "GetBaseline": self._handler(
                    "GetBaseline", control_pb2.GetBaselineRequest.FromString, self._get_baseline
                ),
                "Flush": self._handler("Flush", control_pb2.FlushRequest.FromString, self._flush),
            },
        )

    def _handler(
        self,
        method: str,
        deserializer: Callable[[bytes], Request],
        behavior: Callable[[Request], Response],
    ) -> "grpc.RpcMethodHandler[Request, Response]":
        def handle(request: Request, context: grpc.ServicerContext) -> Response:
            principal = self._callers.of(context)
            model = _model_of(request)
            with statuses(context, method), audit.control_call(principal.name, context.peer(), method, model):
                _check(principal, model)
                return behavior(request)
            raise AssertionError("a failed call is aborted")

        return grpc.unary_unary_rpc_method_handler(
            handle,
            request_deserializer=deserializer,
            response_serializer=lambda response: response.SerializeToString(),
        )

    def _set_monitor(self, request: control_pb2.SetMonitorRequest) -> control_pb2.SetMonitorResponse:
        if request.monitor.HasField("record_log") and not self._keeps_records:
            raise FailedPreconditionError(
                f"record_log of model {request.monitor.model!r} needs record_files of the collector: who "
                "runs it must have said where records are kept"
            )
        with self._settled():
            self._engine.set_monitor(request.monitor.SerializeToString())
            self._keep_monitor(request.monitor.model)
        return control_pb2.SetMonitorResponse()

    def _get_monitor(self, request: control_pb2.GetMonitorRequest) -> control_pb2.GetMonitorResponse:
        monitor = control_pb2.Monitor.FromString(self._engine.monitor(request.model))
        return control_pb2.GetMonitorResponse(monitor=monitor)

    def _set_baseline(self, request: control_pb2.SetBaselineRequest) -> control_pb2.SetBaselineResponse:
        rows = _read_rows(request.rows)
        with self._settled():
            columns = self._engine.set_baseline(request.model, request.name, rows, request.make_default)
            if self._store is not None:
                stored = dict(self._engine.baselines(request.model))
                self._store.write_baseline(request.model, request.name, stored[request.name])
            if request.make_default:
                self._keep_monitor(request.model)
        return control_pb2.SetBaselineResponse(columns=columns)

    def _get_baseline(self, request: control_pb2.GetBaselineRequest) -> control_pb2.GetBaselineResponse:
        return stored_baseline(self._engine, request)

    def _flush(self, _: control_pb2.FlushRequest) -> control_pb2.FlushResponse:
        if self._flusher is None:
            raise FailedPreconditionError(
                "a flush needs a data directory, and this collector has none (data_dir)"
            )
        flushed = self._flusher.flush()
        return control_pb2.FlushResponse(rows=flushed.rows, sequence=flushed.sequence)

    def _settled(self) -> AbstractContextManager[None]:
        return nullcontext() if self._flusher is None else self._flusher.settled()

    def _keep_monitor(self, model: str) -> None:
        if self._store is not None:
            self._store.write_monitor(control_pb2.Monitor.FromString(self._engine.monitor(model)))


def _read_rows(ipc: bytes) -> pa.Table:
    try:
        check_stream(ipc, MAX_ROWS_BYTES)
        with pa.ipc.open_stream(ipc) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (InvalidBatchError, pa.ArrowException, OSError) as error:
        raise InvalidArgumentError(f"rows must be snapshot rows as an Arrow IPC stream: {error}") from error
    return table


def _model_of(request: Any) -> str | None:
    """The model that a request is about; ``None``: all."""
    if isinstance(request, control_pb2.FlushRequest):
        return None
    if isinstance(request, control_pb2.SetMonitorRequest):
        return request.monitor.model
    model: str = request.model
    return model


def _check(principal: Principal, model: str | None) -> None:
    if model is None:
        principal.check_all_models()
    else:
        principal.check_model(model)
