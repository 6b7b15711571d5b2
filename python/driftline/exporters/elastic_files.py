"""The files that prepare an Elastic stack for the windows: index templates, and Kibana's saved objects."""

import json
from typing import Any

from driftline.config.exporters.histogram_type import HistogramType
from driftline.exporters.elastic_templates import component_template, index_template
from driftline.exporters.kibana_objects import saved_objects


def elastic_files(index: str, histogram_type: HistogramType, *, data_stream: bool) -> dict[str, str]:
    """
    Write all files.

    Parameters
    ----------
    index, data_stream, histogram_type
        As in the settings of the exporter.

    Returns
    -------
    dict of str to str
        Text by name: the bodies of ``PUT _component_template/driftline-windows`` and of
        ``PUT _index_template/driftline-windows``, and what Kibana imports.
    """
    return {
        "component-template.json": _text(component_template(histogram_type)),
        "index-template.json": _text(index_template(index, data_stream=data_stream)),
        "kibana.ndjson": "".join(json.dumps(each) + "\n" for each in saved_objects(index)),
    }


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=2) + "\n"
