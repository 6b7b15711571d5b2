"""The HTTP door: metrics, health, and a page that says so."""

import socket
import threading
from collections.abc import Callable, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from driftline.collector.access import Access
from driftline.collector.certificates import Certificates
from driftline.collector.http_access import AccessMiddleware
from driftline.collector.http_protocol import HttpProtocol
from driftline.collector.tracing import Tracing
from driftline.config.address import join_address, split_address
from driftline.errors import FailedPreconditionError

_INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>driftline</title></head>
<body><h1>driftline collector</h1>
<ul><li><a href="metrics">/metrics</a>: for Prometheus</li>
<li><a href="healthz">/healthz</a>: the process is alive</li>
<li><a href="readyz">/readyz</a>: it takes records</li></ul></body></html>
"""


_COMPRESSION = 1
"""Of 1 to 9: lines that say nearly the same compress well at any, and a scrape should not wait for it."""


def http_app(
    scrape: Callable[[str], tuple[bytes, str]],
    is_ready: Callable[[], bool],
    access: Access,
    tracing: Tracing,
    further_routes: Sequence[Route] = (),
) -> Starlette:
    """
    The web application.

    Parameters
    ----------
    scrape
        Gives what ``/metrics`` answers to a header ``accept``, and its content type.
    is_ready
        Whether records are taken.
    access
        Knows who may see more than whether the collector is well.
    tracing
        Makes spans of the requests.
    further_routes
        What else there is.
    """

    def index(_: Request) -> Response:
        return HTMLResponse(_INDEX)

    def metrics(request: Request) -> Response:
        body, content_type = scrape(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})

    def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readyz(_: Request) -> Response:
        ready = is_ready()
        return PlainTextResponse("ready\n" if ready else "not ready\n", status_code=200 if ready else 503)

    routes = [
        Route("/", index),
        Route("/metrics", metrics),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        *further_routes,
    ]
    middleware = [
        Middleware(AccessMiddleware, access=access),
        Middleware(GZipMiddleware, minimum_size=1_024, compresslevel=_COMPRESSION),
    ]
    return Starlette(routes=routes, middleware=[*_spans(tracing), *middleware])


def _spans(tracing: Tracing) -> list[Middleware]:
    """What makes spans, where any are made."""
    if tracing.tracer is None:
        return []
    from driftline.collector.http_spans import RequestSpans

    return [Middleware(RequestSpans, tracer=tracing.tracer)]


class HttpServer:
    """
    Serves a web application from a thread.

    Parameters
    ----------
    address
        ``host:port``; port 0 takes a free one.
    app
        What is served.
    certificates
        What it shows; ``None``: no encryption.

    Raises
    ------
    FailedPreconditionError
        If the address cannot be listened on.
    """

    def __init__(self, address: str, app: Starlette, certificates: Certificates | None = None) -> None:
        host, port = split_address(address)
        self._socket = _listen(address, host, port)
        self.address = join_address(host, self._socket.getsockname()[1])
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=2,
            http=HttpProtocol,
            ws="none",
        )
        config.load()
        if certificates is not None:
            config.ssl = certificates.http_context
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="driftline-http", daemon=True)

    def start(self) -> None:
        """Take requests."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the present requests within two seconds and stop."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(timeout=60.0)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def _listen(address: str, host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(target)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise FailedPreconditionError(f"http_address {address} cannot be listened on: {error}") from error
    return listener
