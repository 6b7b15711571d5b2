"""What a destination answers decides whether it is asked again."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from driftline.delivery import DestinationRefusedError, DestinationUnavailableError, HttpDestination


class Answering(ThreadingHTTPServer):
    """Answers with the status that the path names, and keeps what came."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str | None, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append((self.path, self.headers.get("x-token"), body))
        status, _, after = self.path.strip("/").partition("/")
        self.send_response(int(status))
        if after:
            self.send_header("retry-after", after.replace("%20", " "))
        self.end_headers()
        self.wfile.write(b"said   so\n")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[Answering]:
    with Answering() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_is_sent_arrives(server: Answering) -> None:
    destination = HttpDestination(server.url, "the hook", headers={"x-token": "t"})
    assert destination.post(b"body", path="/204").status_code == 204
    destination.close()
    assert server.taken == [("/204", "t", b"body")]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_some_answers_are_worth_another_try(server: Answering, status: int) -> None:
    with pytest.raises(DestinationUnavailableError, match=rf"the hook answered {status}: said so") as caught:
        HttpDestination(server.url, "the hook").post(b"", path=f"/{status}")
    assert caught.value.retry_after_seconds is None


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 422])
def test_others_are_not(server: Answering, status: int) -> None:
    with pytest.raises(DestinationRefusedError, match=rf"the hook answered {status}"):
        HttpDestination(server.url, "the hook").post(b"", path=f"/{status}")


@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7.0), ("Thu,%2001%20Jan%202015%2000:00:00%20GMT", 0.0), ("soon", None)]
)
def test_a_destination_says_when(server: Answering, told: str, seconds: float | None) -> None:
    with pytest.raises(DestinationUnavailableError) as caught:
        HttpDestination(server.url, "the hook").post(b"", path=f"/503/{told}")
    assert caught.value.retry_after_seconds == seconds


def test_no_error_tells_the_address(server: Answering) -> None:
    url = server.url + "/secret"
    server.shutdown()
    server.server_close()
    destination = HttpDestination(url, "the hook", timeout_seconds=0.5)
    with pytest.raises(DestinationUnavailableError) as caught:
        destination.post(b"")
    assert "secret" not in f"{caught.value} {destination!r}"
    assert caught.value.__cause__ is None


def test_no_log_tells_the_address(server: Answering, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    HttpDestination(f"{server.url}/204/7?key=hunter2", "the hook").post(b"")
    assert "hunter2" not in caplog.text
    # What others ask by the same library is theirs to log.
    httpx.post(f"{server.url}/204/7?of=others", content=b"")
    assert "of=others" in caplog.text
