import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from driftline.collector.access import Access
from driftline.config import load_config


def test_a_token_is_made_with_its_hash(run: Callable[..., Any], tmp_path: Path) -> None:
    made = [dict(re.findall(r"^(\w+) +(\S+)$", run("token").out, re.MULTILINE)) for _ in range(2)]
    assert made[0]["token"] != made[1]["token"]
    for each in made:
        assert re.fullmatch(r"driftline_[\w-]{43}", each["token"])
        assert hashlib.sha256(each["token"].encode()).hexdigest() == each["sha256"]
    config = tmp_path / "driftline.yaml"
    config.write_text(
        f"principals: [{{name: a, scopes: [query], tokens: [{{sha256: {made[0]['sha256']}}}]}}]"
    )
    access = Access(load_config(config, {}).principals)
    assert access.identify([f"Bearer {made[0]['token']}"], None).name == "a"


def test_check_shows_principals_without_their_hashes(run: Callable[..., Any], tmp_path: Path) -> None:
    config = tmp_path / "driftline.yaml"
    config.write_text(
        f"principals: [{{name: scoring, scopes: [ingest], models: [m], tokens: [{{sha256: {'ab' * 32}}}]}}]"
    )
    shown = run("check", config).out
    assert "principal scoring" in shown
    assert "ingest" in shown
    assert "abab" not in shown
