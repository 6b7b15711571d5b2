"""Windows as documents of Elasticsearch, by its bulk endpoint."""

import json
import threading
from collections.abc import Sequence

from tenacity import stop_after_attempt

from driftline.config.exporters.elasticsearch import ElasticsearchConfig
from driftline.config.secret import reveal
from driftline.delivery import (
    DestinationRefusedError,
    DestinationUnavailableError,
    HttpDestination,
    retrying,
)
from driftline.exporters import elastic_bulk
from driftline.exporters.elastic_bulk import Action, Refusal
from driftline.exporters.elastic_templates import TEMPLATE, component_template, index_template
from driftline.exporters.window_documents import documents_of
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter, WindowsRefusedError
from driftline.query.monitor import Monitor

NDJSON = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json"}

ATTEMPTS = 4
"""How often documents are sent for which the server has no room, before the whole batch waits."""


class ElasticsearchExporter(WindowExporter):
    """
    Sends the documents of windows to an index or a data stream.

    What a document is about decides its identifier, so that one that comes again is there once.

    Parameters
    ----------
    config
        Where to.
    monitor
        Is asked for the figures and histograms.

    Raises
    ------
    ConfigurationError
        If a secret cannot be read.
    """

    def __init__(self, config: ElasticsearchConfig, monitor: Monitor) -> None:
        self._config = config
        self._monitor = monitor
        self._destination = _destination(config)
        self._has_template = not config.install_template
        self._closed = threading.Event()

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """
        Send all windows; only the documents that the server had no room for are sent again.

        Raises
        ------
        DestinationUnavailableError
            If it cannot be reached or has no room for some of them.
        WindowsRefusedError
            If it refuses documents for what is in them: it has all others, those of the same windows too.
        """
        self._put_templates()
        owners: dict[str, ClosedWindow] = {}
        actions = []
        for window in windows:
            for document in documents_of(
                self._monitor, window, self._config.max_features, self._config.histogram_type
            ):
                owners[document.id] = window
                actions.append(
                    elastic_bulk.action(document, self._config.index, data_stream=self._config.data_stream)
                )
        refused: list[Refusal] = []
        for request in elastic_bulk.requests(actions, elastic_bulk.MAX_BYTES):
            refused += self._send(request)
        if refused:
            raise WindowsRefusedError(
                f"elasticsearch refused {len(refused)} of {len(actions)} documents, such as: {refused[0].reason}",
                list(dict.fromkeys(owners[each.document.id] for each in refused)),
            )

    def close(self) -> None:
        """Close the connections."""
        self._closed.set()
        self._destination.close()

    def _send(self, actions: Sequence[Action]) -> list[Refusal]:
        """Send until all are taken or refused; gives those."""
        refused: list[Refusal] = []
        waiting = tuple(actions)
        for attempt in retrying(self._closed, stop_after_attempt(ATTEMPTS)):
            with attempt:
                response = self._destination.post(
                    b"".join(each.lines for each in waiting), path="/_bulk", headers=NDJSON
                )
                answer = elastic_bulk.read_answer(waiting, response.content)
                refused += answer.refused
                waiting = answer.again
                if waiting:
                    raise DestinationUnavailableError(
                        f"elasticsearch had no room for {len(waiting)} of {len(actions)} documents"
                    )
        return refused

    def _put_templates(self) -> None:
        if self._has_template:
            return
        component = component_template(self._config.histogram_type)
        template = index_template(self._config.index, data_stream=self._config.data_stream)
        for path, body in (("_component_template", component), ("_index_template", template)):
            try:
                self._destination.post(
                    json.dumps(body).encode(), path=f"/{path}/{TEMPLATE}", headers=JSON, method="PUT"
                )
            except DestinationRefusedError as error:
                raise DestinationRefusedError(
                    f"the index template was refused; write it with `driftline export elastic`, have it put, and set "
                    f"install_template: false. {error}"
                ) from error
        self._has_template = True


def _destination(config: ElasticsearchConfig) -> HttpDestination:
    headers, auth = {}, None
    if config.api_key is not None or config.api_key_file is not None:
        key = reveal("api_key", config.api_key, config.api_key_file)
        headers["Authorization"] = f"ApiKey {key}"
    if config.user is not None:
        auth = (config.user, reveal("password", config.password, config.password_file))
    return HttpDestination(
        config.url.rstrip("/"),
        "elasticsearch",
        headers=headers,
        timeout_seconds=config.timeout.total_seconds(),
        auth=auth,
    )
