"""Windows by Prometheus' remote write."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.exporters.plain_url import without_user
from driftline.config.secret import Secret, check_one_source

LabelName = Annotated[str, Field(pattern="^[a-zA-Z_][a-zA-Z0-9_]{0,127}$")]
LabelValue = Annotated[str, Field(max_length=1_024)]

#: Names that the exporter gives itself.
TAKEN = frozenset({"__name__", "model", "version"})


class PrometheusRemoteWriteConfig(ExporterConfig):
    """
    Windows as samples of Prometheus, or of what takes its remote write 1.0.

    Attributes
    ----------
    url
        Of the endpoint: ``https://…:9090/api/v1/write``.
    labels
        Labels of all series besides: ``cluster``, ``replica`` ...
    histograms
        Whether native histograms of numeric columns are sent besides the figures.
    updates
        Whether a window that more came into is sent again, with the time that it had. Prometheus refuses that;
        others take the place of the earlier.
    user
        User, with ``password``.
    password, password_file
        The user's, as ``env:NAME``, or the file that it is in.
    token, token_file
        Bearer token, likewise.
    tenant
        Header ``X-Scope-OrgID``, by which Mimir, Cortex and Thanos tell tenants apart.
    ca_file
        Certificates of the authorities that the endpoint's is checked by; ``None``: those of the system.
    """

    type: Literal["prometheus_remote_write"]
    url: str = Field(pattern="^https?://")
    labels: dict[LabelName, LabelValue] = Field(default={}, max_length=32)
    histograms: bool = True
    updates: bool = False
    user: str | None = None
    password: Secret | None = None
    password_file: Path | None = None
    token: Secret | None = None
    token_file: Path | None = None
    tenant: str | None = None
    ca_file: Path | None = None

    _no_user = field_validator("url")(without_user)

    @field_validator("labels")
    @classmethod
    def _labels_are_free(cls, labels: dict[str, str]) -> dict[str, str]:
        taken = sorted(TAKEN & labels.keys())
        if taken:
            raise ValueError(f"labels must not be named {', '.join(taken)}: the exporter gives those")
        return labels

    @model_validator(mode="after")
    def _one_way_to_get_in(self) -> Self:
        check_one_source(self, "token", required=False)
        check_one_source(self, "password", required=self.user is not None)
        has_token = self.token is not None or self.token_file is not None
        has_password = self.password is not None or self.password_file is not None
        if has_token and self.user is not None:
            raise ValueError("needs token or user, got both")
        if has_password and self.user is None:
            raise ValueError("password needs user")
        return self
