"""Where answers come from: an engine in this process, or (see ``grpc_transport``) a collector."""

import time
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from driftline import _core
from driftline.errors import FailedPreconditionError
from driftline.query.stored_baseline import stored_baseline

ResponseT = TypeVar("ResponseT", bound=Message)


class Questions(Protocol):
    """Answers the calls of ``QueryService``: an engine, or what asks it and the disk."""

    def query(self, method: str, request: bytes, now: int) -> bytes:
        """Answers a call by its name, with the serialised response."""
        ...


class Transport(Protocol):
    """Carries one call of a service of ``driftline.v1``. Errors are those of ``driftline.errors``."""

    def call(self, service: str, method: str, request: Message, response_type: type[ResponseT]) -> ResponseT:
        """Sends the request, returns the response; ``service`` is ``QueryService`` or ``ControlService``."""
        ...

    def close(self) -> None:
        """Gives back what the transport holds."""
        ...


class EngineTransport:
    """Answers from a local engine that holds what was read from a data directory or a profile.

    It is for reading: nothing that changes the monitors, the baselines or the directory is taken.

    Parameters
    ----------
    engine : _core.Engine
        Is asked.
    questions : Questions, optional
        Answers for the engine, where some of it is on disk only.
    """

    def __init__(self, engine: _core.Engine, questions: Questions | None = None) -> None:
        self._engine = engine
        self._questions = questions or engine

    def call(self, service: str, method: str, request: Message, response_type: type[ResponseT]) -> ResponseT:
        """See `Transport`. Raises FailedPreconditionError for calls that would change something."""
        if service == "QueryService":
            answer = self._questions.query(method, request.SerializeToString(), time.time_ns())
            return response_type.FromString(answer)
        if method == "GetMonitor":
            monitor = self._engine.monitor(request.model)  # type: ignore[attr-defined]
            response = response_type()
            response.monitor.ParseFromString(monitor)  # type: ignore[attr-defined]
            return response
        if method == "GetBaseline":
            return stored_baseline(self._engine, request)  # type: ignore[arg-type, return-value]
        raise FailedPreconditionError(
            f"{method} needs a running collector (driftline.connect); this monitor only reads a data directory"
        )

    def close(self) -> None:
        """Nothing to give back: the engine goes with its last reference."""

    def __repr__(self) -> str:
        return "EngineTransport()"
