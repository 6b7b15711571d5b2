"""The documentation is true: its programs run, its commands exist, its links and paths lead somewhere.

A document's Python blocks are one program. It runs against a collector of its own, whose free ports take the place of
the default ones, in a folder of its own that holds the collector's ``data``. A comment ``<!-- collector: stopped -->``
above a block stops the collector before it.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from driftline.config import (
    CollectorConfig,
    CompareWith,
    MonitorConfig,
    PrincipalConfig,
    TlsConfig,
    TokenConfig,
    load_config,
)
from driftline.config.exporters import AnyExporterConfig, ExporterConfig
from driftline.config.log_export import LogExportConfig
from driftline.config.objective import ObjectiveConfig
from driftline.config.otlp import OtlpConnectionConfig
from driftline.config.ranking import RankingConfig
from driftline.config.record_log import RecordFilesConfig, RecordLogConfig
from driftline.config.rollup import RollUpConfig
from driftline.config.signals import SignalsConfig
from driftline.config.tracing import TracingConfig

if TYPE_CHECKING:
    from driftline.collector import Collector

ROOT = Path(__file__).parents[2]
FOLDERS = [
    "*",
    "docs/*",
    "docs/integrations/*",
    "benches/*",
    "proto/*",
    "python/**/*",
    "rust/*/*",
    "tests/**/*",
]
DOCUMENTS = sorted(path for folder in FOLDERS for path in ROOT.glob(f"{folder}.md"))
BLOCK = re.compile(
    r"^(?P<mark><!-- collector: stopped -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\[[^\]]+\]\((?P<target>[^)\s]+)\)")
PATH = re.compile(r"`(?P<path>(?:\.ci|benches|docs|proto|python|rust|tests)/[\w./-]*)`")
LANGUAGES = {"python", "console", "yaml", "text", "mermaid", "sql"}
# A measured speed: it holds for one machine and one day, and is for `make bench` to print.
SPEED = re.compile(
    r"\d\s*(?:ns|us|µs|nanoseconds?|microseconds?|[kKMG]?B/s"
    r"|(?:M |million )?(?:rows|records|values)(?:/s| a second))(?!\w)"
)
# Its program needs the certificates and tokens of its configuration: tests/security/test_production.py runs both.
RUN_ELSEWHERE = {"security.md"}
# Made by the commands that a document names.
MADE = {"benches/out/"}

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@dataclass
class Block:
    """A fenced block, the line it begins at, and whether the collector is stopped before it."""

    language: str
    text: str
    line: int
    stopped: bool


def blocks(document: Path, *languages: str) -> Iterator[Block]:
    text = document.read_text("utf-8")
    for match in BLOCK.finditer(text):
        if match["language"] in languages:
            line = text.count("\n", 0, match.start("text"))
            yield Block(match["language"], match["text"], line, match["mark"] is not None)


@every_document
def test_blocks_are_in_known_languages(document: Path) -> None:
    assert {match["language"] for match in BLOCK.finditer(document.read_text("utf-8"))} <= LANGUAGES


@pytest.mark.parametrize(
    "document",
    [path for path in DOCUMENTS if any(blocks(path, "python")) and path.name not in RUN_ELSEWHERE],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_programs_run(
    document: Path,
    start_collector: Callable[..., "Collector"],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    collector = start_collector(data_dir=tmp_path / "data")
    namespace: dict[str, object] = {"__name__": document.stem}
    for block in blocks(document, "python"):
        if block.stopped:
            collector.stop()
        program = "\n" * block.line + with_ports(block.text, collector)
        exec(compile(program, str(document), "exec"), namespace)


def with_ports(program: str, collector: "Collector") -> str:
    """The program with the collector's addresses in place of the default ones."""
    doors = {7571: collector.grpc_address, 7572: collector.http_address, 7573: collector.flight_address}
    for port, address in doors.items():
        program = re.sub(rf"\b(?:localhost|127\.0\.0\.1):{port}\b", str(address), program)
    return program


def test_the_readme_and_the_guides_have_programs() -> None:
    with_programs = {path.name for path in DOCUMENTS if any(blocks(path, "python"))}
    assert {"README.md", "getting-started.md", "wire.md"} <= with_programs


@every_document
def test_commands_exist(document: Path) -> None:
    for block in blocks(document, "console"):
        commands = [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]
        assert commands, f"{document.name}:{block.line} has no line that begins with `$ `"
        for command in commands:
            check_command(shlex.split(command))


def check_command(words: list[str]) -> None:
    match words:
        case ["make", *arguments]:
            makefile = (ROOT / "Makefile").read_text("utf-8")
            for verb in (word for word in arguments if "=" not in word):
                assert re.search(rf"^{verb}:", makefile, re.MULTILINE), f"make has no {verb}"
            for variable in (word.partition("=")[0] for word in arguments if "=" in word):
                assert re.search(rf"^{variable} \?=", makefile, re.MULTILINE), (
                    f"the Makefile has no {variable}"
                )
        case ["driftline", "alerts" | "config" | "export" as group, verb, *arguments]:
            check_options([group, verb], arguments)
        case ["driftline", verb, *arguments]:
            check_options([verb], arguments)
        case [".", ".venv/bin/activate"]:
            pass
        case _:
            pytest.fail(f"a command that no test knows: {shlex.join(words)}")


def check_options(verbs: list[str], arguments: list[str]) -> None:
    shown = help_of(verbs)
    for option in (word.partition("=")[0] for word in arguments if word.startswith("--")):
        assert re.search(rf"{option}\b", shown), f"driftline {shlex.join(verbs)} has no {option}"


def help_of(verbs: list[str]) -> str:
    program = [sys.executable, "-c", "from driftline.cli import main; main()", *verbs, "--help"]
    environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    shown = subprocess.run(program, capture_output=True, text=True, check=False, env=environment)
    assert shown.returncode == 0, f"there is no driftline {shlex.join(verbs)}: {shown.stderr}"
    return shown.stdout


@every_document
def test_configurations_load(document: Path, tmp_path: Path) -> None:
    for block in blocks(document, "yaml"):
        path = tmp_path / "driftline.yaml"
        path.write_text(block.text)
        assert load_config(path, environment={}) != CollectorConfig()


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs/configuration.md").read_text("utf-8")
    documented = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", text, re.MULTILINE))
    kinds = (
        CollectorConfig,
        RollUpConfig,
        TlsConfig,
        PrincipalConfig,
        TokenConfig,
        MonitorConfig,
        CompareWith,
        ObjectiveConfig,
        SignalsConfig,
        RankingConfig,
        RecordLogConfig,
        RecordFilesConfig,
    )
    fields = {name: field for kind in kinds for name, field in kind.model_fields.items()}
    assert len(fields) == sum(len(kind.model_fields) for kind in kinds), "two settings share a name"
    assert documented.keys() == fields.keys()
    plain = {
        name: field.default for name, field in fields.items() if type(field.default) in (str, int, float)
    }
    assert documented["insecure"] == "`false`"
    assert fields["insecure"].default is False
    for name, default in plain.items():
        shown = documented[name].strip("`") if documented[name] != "none" else ""
        assert type(default)(shown) == default, name


def exporters() -> list[type[ExporterConfig]]:
    union = AnyExporterConfig
    kinds = get_args(get_args(union)[0]) if get_args(union) else (union,)
    return [ExporterConfig, *kinds]


@pytest.mark.parametrize("kind", exporters(), ids=lambda kind: kind.__name__)
def test_every_setting_of_an_exporter_is_documented(kind: type[ExporterConfig]) -> None:
    """In a table of one page: its own settings, or those that all have in common."""
    own = kind.model_fields.keys() - {"type"}
    if kind is not ExporterConfig:
        own -= ExporterConfig.model_fields.keys()
    pages = [path.read_text("utf-8") for path in (ROOT / "docs/integrations").glob("*.md")]
    rows = [set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) for page in pages]
    assert any(own <= documented for documented in rows), f"no page has a table of {sorted(own)}"


@pytest.mark.parametrize("kind", [TracingConfig, LogExportConfig])
def test_every_setting_of_traces_and_logs_is_documented(kind: type[OtlpConnectionConfig]) -> None:
    page = (ROOT / "docs/integrations/opentelemetry.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert kind.model_fields.keys() <= rows


@every_document
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    for match in LINK.finditer(text):
        target, _, anchor = match["target"].partition("#")
        if target.startswith("https://"):
            continue
        path = (document.parent / target).resolve() if target else document
        assert path.exists(), f"{document.name} links to {target}, which does not exist"
        assert not anchor or anchor in anchors(path), (
            f"{document.name} links to {target}#{anchor}: no such heading"
        )


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_paths_exist(document: Path) -> None:
    paths = {match["path"] for match in PATH.finditer(document.read_text("utf-8"))} - MADE
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@every_document
def test_no_speed_is_claimed(document: Path) -> None:
    lines = document.read_text("utf-8").splitlines()
    assert [line for line in lines if SPEED.search(line)] == []


@pytest.mark.parametrize("claim", ["9 ns/value", "1.5 us", "3 M rows/s", "220,000 rows a second", "2 GB/s"])
def test_the_guard_sees_a_speed(claim: str) -> None:
    assert SPEED.search(f"It takes {claim} here.")


def test_the_guards_see_links_and_paths() -> None:
    text = "".join(document.read_text("utf-8") for document in DOCUMENTS)
    assert len(LINK.findall(text)) > 5
    assert len(PATH.findall(text)) > 5
