"""The configurations in the documentation, for tests that run them."""

import re
from pathlib import Path
from typing import Any

import yaml

PAGES = Path(__file__).parents[2] / "docs/integrations"


def exporter_of_page(page: str, **instead: object) -> dict[str, Any]:
    """The exporter in a page's first configuration, with other values for what depends on where a test runs."""
    text = (PAGES / page).read_text("utf-8")
    block = re.search(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    settings: list[dict[str, Any]] = list(yaml.safe_load(block[1])["exporters"].values())
    return settings[0] | {"grace": "0s", "lookback": "400d"} | instead
