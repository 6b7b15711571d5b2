"""The configurations that the documentation shows."""

import re
from pathlib import Path

PAGES = Path(__file__).parents[3] / "docs/integrations"
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def configuration(page: str, language: str = "yaml") -> str:
    """The first block of a page in a language."""
    for match in BLOCK.finditer((PAGES / f"{page}.md").read_text("utf-8")):
        if match["language"] == language:
            return match["text"]
    raise AssertionError(f"{page}.md has no block in {language}")
