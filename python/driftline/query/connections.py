"""How to get a `Monitor`."""

from os import PathLike
from pathlib import Path

from driftline.query.monitor import Monitor
from driftline.query.transport import EngineTransport


def connect(target: str = "127.0.0.1:7571", *, timeout: float = 30.0) -> Monitor:
    """A monitor of a running collector.

    Parameters
    ----------
    target : str
        ``host:port`` of the collector's gRPC door. No connection is made before the first question.
    timeout : float
        Seconds after which a question is given up with UnavailableError.

    Examples
    --------
    >>> connect("localhost:7571")
    Monitor(GrpcTransport('localhost:7571'))
    """
    from driftline.query.grpc_transport import GrpcTransport

    return Monitor(GrpcTransport(target, timeout))


def open(path: str | PathLike[str]) -> Monitor:  # noqa: A001 - reads as driftline.open
    """A monitor of a data directory, as it is at this moment; no collector is needed, a running one not disturbed.

    Raises
    ------
    NotFoundError
        If there is no data directory at ``path``.
    """
    from driftline.storage import open_engine

    return Monitor(EngineTransport(open_engine(Path(path))))
