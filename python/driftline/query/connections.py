"""How to get a `Monitor`."""

from os import PathLike
from pathlib import Path

from driftline.credentials import Credentials, Tls
from driftline.query.monitor import Monitor
from driftline.query.transport import EngineTransport


def connect(
    target: str = "127.0.0.1:7571",
    *,
    timeout: float = 30.0,
    token: str | None = None,
    token_file: str | PathLike[str] | None = None,
    tls: Tls | bool | None = None,
) -> Monitor:
    """A monitor of a running collector.

    Parameters
    ----------
    target : str
        ``host:port`` of the collector's gRPC door. No connection is made before the first question.
    timeout : float
        Seconds after which a question is given up with UnavailableError.
    token, token_file : str, path
        Bearer token, or the file that it is in; by default ``DRIFTLINE_TOKEN`` or ``DRIFTLINE_TOKEN_FILE``.
    tls : Tls, bool
        Encryption; by default with the authorities in ``DRIFTLINE_CA_FILE``, or none. See `driftline.Tls`.

    Examples
    --------
    >>> connect("localhost:7571")
    Monitor(GrpcTransport('localhost:7571'))
    """
    from driftline.query.grpc_transport import GrpcTransport

    return Monitor(GrpcTransport(target, timeout, Credentials.choose(target, token, token_file, tls)))


def open(path: str | PathLike[str]) -> Monitor:  # noqa: A001 - reads as driftline.open
    """A monitor of a data directory, as it is at this moment; no collector is needed, a running one not disturbed.

    Raises
    ------
    NotFoundError
        If there is no data directory at ``path``.
    """
    from driftline.storage import open_engine

    return Monitor(EngineTransport(open_engine(Path(path))))
