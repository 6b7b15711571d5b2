"""The JSON Schema of a configuration file."""

import json

from driftline.config.collector import CollectorConfig

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_text() -> str:
    """The schema of what :func:`load_config` reads, as indented JSON."""
    schema = {"$schema": DIALECT, "title": "driftline"} | CollectorConfig.model_json_schema(mode="validation")
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
