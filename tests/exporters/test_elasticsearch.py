"""Documents reach a bulk endpoint once each, whatever it says in between."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.exporters.bulk_server import BulkServer, bulk_server
from tests.exporters.windows import engine_with, monitor_of, records, send, windows_of

from driftline.config import load_config
from driftline.config.exporters import ElasticsearchConfig
from driftline.delivery import DestinationUnavailableError
from driftline.errors import ConfigurationError
from driftline.exporters import elastic_bulk
from driftline.exporters.elasticsearch import ElasticsearchExporter
from driftline.exporters.window_documents import documents_of
from driftline.exporters.window_exporter import WindowsRefusedError
from driftline.query import Monitor

INDEX = "driftline-windows"


@pytest.fixture
def server() -> Iterator[BulkServer]:
    with bulk_server() as running:
        yield running


@pytest.fixture(scope="module")
def monitor() -> Monitor:
    return monitor_of(engine_with(3))


def exporter(server: BulkServer, monitor: Monitor, **settings: object) -> ElasticsearchExporter:
    config = {"type": "elasticsearch", "url": server.url, "timeout": "60s"} | settings
    return ElasticsearchExporter(ElasticsearchConfig.model_validate(config), monitor)


def test_the_endpoint_has_what_was_told(server: BulkServer, monitor: Monitor) -> None:
    windows = windows_of(monitor)
    sender = exporter(server, monitor)
    sender.export(windows)
    sender.export(windows)
    sender.close()
    told = {
        (INDEX, document.id): dict(document.source)
        for window in windows
        for document in documents_of(monitor, window, 100)
    }
    assert server.documents == told
    assert len(told) == 3 * 7
    assert server.templates["/_index_template/driftline-windows"]["index_patterns"] == [INDEX]
    mappings = server.templates["/_component_template/driftline-windows"]["template"]["mappings"]
    assert mappings["properties"]["driftline"]["properties"]["histogram"] == {"type": "histogram"}


def test_an_update_replaces_in_an_index_and_is_added_to_a_data_stream(server: BulkServer) -> None:
    engine = engine_with(1)
    monitor = monitor_of(engine)
    index = exporter(server, monitor)
    stream = exporter(server, monitor, data_stream=True, index="stream")
    for sender in (index, stream, index, stream):
        sender.export(windows_of(monitor))
    before = len(server.of(INDEX))
    assert before == len(server.of("stream")) == 7
    send(engine, records(1, seed=4))
    for sender in (index, stream):
        sender.export(windows_of(monitor, is_update=True))
        sender.close()
    assert len(server.of(INDEX)) == 7
    assert {each["driftline"]["window"]["records"] for each in server.of(INDEX)} == {400}
    assert len(server.of("stream")) == 14


def test_only_what_had_no_room_comes_again(server: BulkServer, monitor: Monitor) -> None:
    told: dict[str, int] = {}

    def trouble(identifier: str) -> int | None:
        told[identifier] = told.get(identifier, 0) + 1
        return 429 if identifier < "8" and told[identifier] == 1 else None

    server.trouble = trouble
    sender = exporter(server, monitor)
    sender.export(windows_of(monitor))
    sender.close()
    busy = sum(identifier < "8" for identifier in told)
    assert 0 < busy < 21
    assert server.requests == [21, busy]
    assert len(server.documents) == 21


def test_a_server_without_room_is_unavailable(
    server: BulkServer, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftline.exporters.elasticsearch.ATTEMPTS", 2)
    server.trouble = lambda _: 429
    sender = exporter(server, monitor)
    with pytest.raises(DestinationUnavailableError, match="no room for 21 of 21 documents"):
        sender.export(windows_of(monitor))
    server.down = True
    with pytest.raises(DestinationUnavailableError, match="503"):
        sender.export(windows_of(monitor))
    server.down = False
    server.trouble = lambda _: None
    sender.export(windows_of(monitor))
    sender.close()
    assert len(server.documents) == 21


def test_what_is_refused_is_told_and_the_rest_is_there(server: BulkServer, monitor: Monitor) -> None:
    windows = windows_of(monitor)
    first = documents_of(monitor, windows[0], 100)[0].id
    server.trouble = lambda identifier: 400 if identifier == first else None
    sender = exporter(server, monitor)
    said = "refused 1 of 21 documents, such as: told: to do so"
    with pytest.raises(WindowsRefusedError, match=said) as caught:
        sender.export(windows)
    sender.close()
    assert caught.value.windows == (windows[0],)
    assert len(server.documents) == 20


def test_large_batches_become_several_requests(
    server: BulkServer, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elastic_bulk, "MAX_BYTES", 10_000)
    sender = exporter(server, monitor)
    sender.export(windows_of(monitor))
    sender.close()
    assert len(server.requests) > 1
    assert len(server.documents) == 21


def test_secrets_go_to_the_server_only(
    server: BulkServer, monitor: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELASTIC_KEY", "secret-key")
    key = exporter(server, monitor, api_key="env:ELASTIC_KEY")
    key.export(windows_of(monitor))
    key.close()
    assert server.authorization == "ApiKey secret-key"
    (tmp_path / "password").write_text("secret-word\n")
    user = exporter(server, monitor, user="elastic", password_file=tmp_path / "password")
    user.export(windows_of(monitor))
    assert server.authorization == "Basic ZWxhc3RpYzpzZWNyZXQtd29yZA=="
    server.down = True
    with pytest.raises(DestinationUnavailableError) as caught:
        user.export(windows_of(monitor))
    user.close()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "http://user:hidden@localhost:9200"}, "must not hold a user or a password"),
        ({"api_key": "hidden", "user": "b", "password": "hidden"}, "needs api_key or user, got both"),
        ({"user": "b"}, "needs password or password_file, got neither"),
        ({"password": "hidden"}, "password needs user"),
        ({"index": "Upper"}, "index"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    exporter = {"type": "elasticsearch", "url": "http://localhost:9200"} | settings
    path = tmp_path / "driftline.yaml"
    path.write_text(json.dumps({"exporters": {"elastic": exporter}}))
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_config(path, environment={})
    assert "hidden" not in str(caught.value)
