"""A strict stand-in for an endpoint of remote write 1.0: what Prometheus refuses, it refuses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cramjam

from driftline.exporters.messages import remote_write_pb2 as pb

Labels = tuple[tuple[str, str], ...]


class WriteReceiver:
    """
    Keeps samples and histograms by labels and time.

    Attributes
    ----------
    samples, histograms
        What it has.
    requests
        Number of series of each request that was taken.
    headers
        Of the last request.
    down
        Answer 503 to everything.
    """

    def __init__(self) -> None:
        self.samples: dict[Labels, dict[int, float]] = {}
        self.histograms: dict[Labels, dict[int, pb.Histogram]] = {}
        self.requests: list[int] = []
        self.headers: dict[str, str] = {}
        self.down = False
        self.url = ""

    def take(self, body: bytes) -> tuple[int, str]:
        if self.down:
            return 503, "down"
        request = pb.WriteRequest.FromString(bytes(cramjam.snappy.decompress_raw(body)))
        for series in request.timeseries:
            fault = self._fault(series)
            if fault:
                return 400, fault
        for series in request.timeseries:
            labels = _labels(series)
            self.samples.setdefault(labels, {}).update(
                {each.timestamp: each.value for each in series.samples}
            )
            self.histograms.setdefault(labels, {}).update(
                {each.timestamp: each for each in series.histograms}
            )
        self.requests.append(len(request.timeseries))
        return 204, ""

    def _fault(self, series: pb.TimeSeries) -> str:
        """All of a request is refused for one series."""
        labels = _labels(series)
        names = [name for name, _ in labels]
        if names != sorted(set(names)) or "__name__" not in names:
            return "labels are not sorted, or lack the name"
        if not all(value for _, value in labels):
            return "a label is empty"
        for sample in series.samples:
            known = self.samples.get(labels, {})
            if known and sample.timestamp < max(known):
                return "out of order sample"
            if known.get(sample.timestamp, sample.value) != sample.value:
                return "duplicate sample for timestamp"
        return ""


def _labels(series: pb.TimeSeries) -> Labels:
    return tuple((label.name, label.value) for label in series.labels)


@contextmanager
def write_receiver() -> Iterator[WriteReceiver]:
    """Run one on a free port of 127.0.0.1."""
    receiver = WriteReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = receiver.take(body) if self.path == "/api/v1/write" else (404, "not found")
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_port}/api/v1/write"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
