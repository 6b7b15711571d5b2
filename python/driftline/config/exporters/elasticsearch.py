"""Settings of the exporter to Elasticsearch."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from driftline.config.exporters.exporter import ExporterConfig
from driftline.config.exporters.histogram_type import HistogramType
from driftline.config.exporters.plain_url import without_user
from driftline.config.secret import Secret, check_one_source


class ElasticsearchConfig(ExporterConfig):
    """
    Documents of windows, and of their columns, by the bulk endpoint of Elasticsearch or what has one like it.

    Attributes
    ----------
    type
        ``elasticsearch``.
    url
        Of the server, ``https://…:9200``.
    index
        Index or data stream that gets the documents.
    data_stream
        Append to a data stream: a window that late records have changed gets one more document. Otherwise its document
        in the index is replaced.
    histogram_type
        Field type of histograms: ``histogram``, ``exponential_histogram`` where the server knows it, ``object`` where
        it knows neither, such as OpenSearch; ``none``: there are none.
    install_template
        Put the index template, under the name ``driftline-windows``, at the start.
    api_key, api_key_file
        API key, as ``env:NAME``, or the file that it is in.
    user
        User, where there is no API key.
    password, password_file
        The user's.
    """

    type: Literal["elasticsearch"]
    url: str = Field(pattern="^https?://")
    index: str = Field(default="driftline-windows", pattern=r"^[a-z0-9][a-z0-9._-]{0,199}$")
    data_stream: bool = False
    histogram_type: HistogramType = "histogram"
    install_template: bool = True
    api_key: Secret | None = None
    api_key_file: Path | None = None
    user: str | None = None
    password: Secret | None = None
    password_file: Path | None = None

    _no_user = field_validator("url")(without_user)

    @model_validator(mode="after")
    def _one_way_to_get_in(self) -> Self:
        check_one_source(self, "api_key", required=False)
        check_one_source(self, "password", required=self.user is not None)
        has_key = self.api_key is not None or self.api_key_file is not None
        has_password = self.password is not None or self.password_file is not None
        if has_key and self.user is not None:
            raise ValueError("needs api_key or user, got both")
        if has_password and self.user is None:
            raise ValueError("password needs user")
        return self
