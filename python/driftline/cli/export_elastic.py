"""``driftline export elastic``."""

from pathlib import Path
from typing import Annotated

import typer

from driftline.cli.output import show


def elastic(
    out: Annotated[Path, typer.Option(help="The folder that gets the files.")],
    index: Annotated[str, typer.Option(help="Index or data stream of the exporter.")] = "driftline-windows",
    data_stream: Annotated[bool, typer.Option(help="It is a data stream.")] = False,
    histogram_type: Annotated[
        str, typer.Option(help="histogram, exponential_histogram, object or none, as in the exporter.")
    ] = "histogram",
) -> None:
    """Write the index templates for Elasticsearch, and a data view and a dashboard for Kibana."""
    from pydantic import ValidationError

    from driftline.config.exporters import ElasticsearchConfig
    from driftline.errors import ConfigurationError
    from driftline.exporters.elastic_files import elastic_files

    given = {"index": index, "data_stream": data_stream, "histogram_type": histogram_type}
    try:
        config = ElasticsearchConfig.model_validate({"type": "elasticsearch", "url": "http://unused"} | given)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise ConfigurationError(f"--{str(fault['loc'][0]).replace('_', '-')}: {fault['msg']}") from error
    files = elastic_files(config.index, config.histogram_type, data_stream=config.data_stream)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
        show(f"written to {out / name}")
