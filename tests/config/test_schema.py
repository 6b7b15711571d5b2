"""The published JSON Schema takes what the loader takes. Write it with `driftline config schema > docs/...`."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from driftline.config import load_config
from driftline.config.schema import schema_text
from driftline.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
BLOCKS = [
    (document.name, block)
    for document in sorted(ROOT.glob("docs/**/*.md"))
    for block in document.read_text("utf-8").split("```yaml\n")[1:]
]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize(("document", "block"), BLOCKS, ids=[name for name, _ in BLOCKS])
def test_documented_configurations_follow_it(
    validator: jsonschema.Draft202012Validator, document: str, block: str
) -> None:
    settings = yaml.safe_load(block.partition("```")[0])
    # YAML has times, which JSON writes as text.
    validator.validate(json.loads(json.dumps(settings, default=lambda time: time.isoformat())))


@pytest.mark.parametrize(
    "wrong",
    [
        {"alerting": {"rules": [{"name": "Rule"}]}},
        {"alerting": {"rules": [{"name": "rule", "when": {"evidence": "drift"}}]}},
        {"alerting": {"rules": [{"name": "Rule", "when": {"evidence": "drift", "levl": 0.1}}]}},
        {"alerting": {"rules": [{"name": "Rule", "when": {"all": [{"metric": "drift.psi", "abov": 1}]}}]}},
        {"monitor": []},
        {"max_series": 0},
    ],
)
def test_both_refuse_what_is_wrong(
    validator: jsonschema.Draft202012Validator, wrong: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "driftline.yaml"
    path.write_text(json.dumps(wrong))
    assert not validator.is_valid(wrong)
    with pytest.raises(ConfigurationError):
        load_config(path, environment={})


def test_it_is_published() -> None:
    assert (ROOT / "docs/configuration.schema.json").read_text("utf-8") == schema_text()
