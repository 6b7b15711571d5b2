"""Where a model's figures go in MLflow: one experiment a model, one run a version, found again by its tags."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.exporters.metric_keys import KEYS_VERSION

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Run
    from mlflow.exceptions import MlflowException

RUN_KEY = "driftline.run_key"
"""Tag that only the model and the version decide: it needs no quoting in a search."""

MAX_METRICS = 1_000
"""Most metrics that a server takes in one request."""

MAX_BYTES = 900_000
"""Most bytes of them; the server's limit is 1 MB, with the rest of the request."""

# What a number, two integers and the names of the fields take at most in JSON.
_METRIC_BYTES = 256

_AGAIN = {
    "INTERNAL_ERROR",
    "TEMPORARILY_UNAVAILABLE",
    "REQUEST_LIMIT_EXCEEDED",
    "ABORTED",
    "DEADLINE_EXCEEDED",
    "RESOURCE_CONFLICT",
}
_GONE = {"RESOURCE_DOES_NOT_EXIST", "INVALID_STATE", "INVALID_PARAMETER_VALUE"}


class ModelRuns:
    """
    Finds and makes the runs of model versions.

    Parameters
    ----------
    client
        Talks to the tracking server.
    experiment_prefix
        Goes before the model's name to name the experiment.
    """

    def __init__(self, client: "MlflowClient", experiment_prefix: str = "") -> None:
        self._client = client
        self._prefix = experiment_prefix
        self._runs: dict[tuple[str, str], str] = {}

    def run_of(self, model: str, version: str) -> str:
        """
        Identifier of the run of a version, which is made if there is none.

        Raises
        ------
        DestinationRefusedError
            If the experiment was deleted.
        MlflowException
            As the server says.
        """
        known = self._runs.get((model, version))
        if known is None:
            experiment = self._experiment(model)
            found = self._find(experiment, model, version)
            known = found if found is not None else self._create(experiment, model, version)
            self._runs[model, version] = known
        return known

    def forget(self, model: str, version: str) -> bool:
        """Look for the run again the next time; ``False`` if it was not known anyway."""
        return self._runs.pop((model, version), None) is not None

    def _experiment(self, model: str) -> str:
        name = f"{self._prefix}{model}"
        experiment = self._client.get_experiment_by_name(name)
        if experiment is None:
            return str(self._client.create_experiment(name, tags={"driftline.model": model}))
        if experiment.lifecycle_stage != "active":
            raise DestinationRefusedError(
                f"experiment {name!r} is deleted: restore it, or set another experiment_prefix"
            )
        return str(experiment.experiment_id)

    def _find(self, experiment: str, model: str, version: str) -> str | None:
        """The oldest run with the tag; a second one can only come of two collectors that start at once."""
        key = run_key(model, version)
        runs: Sequence[Run] = self._client.search_runs(
            [experiment], f"tags.`{RUN_KEY}` = '{key}'", max_results=1, order_by=["attributes.start_time ASC"]
        )
        return str(runs[0].info.run_id) if runs else None

    def _create(self, experiment: str, model: str, version: str) -> str:
        tags = {
            RUN_KEY: run_key(model, version),
            "driftline.model": model,
            "driftline.version": version,
            "driftline.keys_version": KEYS_VERSION,
        }
        run = self._client.create_run(experiment, tags=tags, run_name=version or "no version")
        return str(run.info.run_id)


def run_key(model: str, version: str) -> str:
    """32 hexadecimal digits that tell a model version from all others."""
    text = json.dumps([model, version]).encode()
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def batches(metrics: Sequence["Metric"]) -> Iterator[Sequence["Metric"]]:
    """Cut metrics, in their order, into requests that a server takes."""
    first = size = 0
    for i, metric in enumerate(metrics):
        needed = len(json.dumps(metric.key)) + _METRIC_BYTES
        if i - first >= MAX_METRICS or size + needed > MAX_BYTES:
            yield metrics[first:i]
            first, size = i, 0
        size += needed
    if first < len(metrics):
        yield metrics[first:]


def is_gone(error: "MlflowException") -> bool:
    """Whether it may be that a run, known from before, is no longer there."""
    return error.error_code in _GONE


def translated(error: "MlflowException", tracking_uri: str) -> Exception:
    """The error as the exporters' own, without what a URL says of users and passwords."""
    message = without_credentials(str(error.message), tracking_uri)[:500]
    said = f"MLflow: {error.error_code}: {message}"
    if error.error_code in _AGAIN:
        return DestinationUnavailableError(said)
    return DestinationRefusedError(said)


def without_credentials(text: str, uri: str) -> str:
    """A text in which a URL's user and password, and the like of any other URL, are left out."""
    parts = urlsplit(uri)
    for secret in (parts.password, parts.username):
        if secret:
            text = text.replace(secret, "***")
    return re.sub(r"(?<=://)[^/@\s]+@", "***@", text)
