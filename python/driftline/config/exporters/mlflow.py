"""Settings of the exporter to MLflow."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from driftline.config.duration import Duration
from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.exporters.plain_url import without_user


class MlflowConfig(ExporterConfig):
    """
    An experiment for each model, a run for each version; needs ``driftline[mlflow]``.

    Attributes
    ----------
    type
        ``mlflow``.
    tracking_uri
        Tracking server, ``https://…``, or what else MLflow takes. Users, passwords and tokens are in MLflow's own
        variables, ``MLFLOW_TRACKING_USERNAME`` say.
    experiment_prefix
        Goes before the model's name to name its experiment.
    artifacts_every
        Time between two uploads of the baseline and the report of a version; 0: none are uploaded.
    link_models
        Tag the registered model versions that a run is about.
    """

    type: Literal["mlflow"]
    tracking_uri: str = Field(min_length=1)
    experiment_prefix: str = Field(default="", max_length=200)
    artifacts_every: Duration = Field(default=timedelta(days=1), ge=timedelta(0), le=timedelta(days=366))
    link_models: bool = True

    _no_user = field_validator("tracking_uri")(without_user)
