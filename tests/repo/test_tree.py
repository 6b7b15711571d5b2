"""Rules for all files of the tree: small, about driftline only, complete."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

MOST_LINES = 500
# Generated code, data and texts of others.
ANY_LENGTH = [
    "Cargo.lock",
    "rust/*/fuzz/Cargo.lock",
    "LICENSE",
    "python/driftline/v1/*",
    "python/driftline/exporters/messages/*",
    "rust/wire/src/proto/*",
    "*/golden/*",
    "*/tables/*",
    "docs/*.schema.json",
]

FORBIDDEN = {
    "a path of one machine": r"(?<![\w.$}])/(?:work|tmp|root|home)/\w",
    "a package index": r"index-url|find-links|replace-with\s*=|\.internal/",
    "how the work was organised": r"issue #?\d|design\.md|research/|\bsub-?agent|\bhelper [A-Z]\b",
    "unfinished work": r"\bTODO\b|\bFIXME\b|\bXXX\b|\b(?:todo|unimplemented)!",
    "a lint silenced without its name": r"# noqa(?!: [A-Z]+\d+)|# type: ignore(?!\[)",
}
ROOT_FILES = {
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "rustfmt.toml",
}
ROOT_FOLDERS = {".ci", "benches", "docs", "proto", "python", "rust", "tests"}


def test_files_are_small(root: Path, text_files: dict[Path, str]) -> None:
    lengths = {
        path.relative_to(root).as_posix(): text.count("\n")
        for path, text in text_files.items()
        if not any(fnmatch(path.relative_to(root).as_posix(), pattern) for pattern in ANY_LENGTH)
    }
    assert len(lengths) > 50
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_speaks_of(root: Path, text_files: dict[Path, str], what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for path, text in text_files.items()
        if path != Path(__file__) and not fnmatch(path.relative_to(root).as_posix(), "python/driftline/v1/*")
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_the_patterns_find_what_they_forbid() -> None:
    samples = {
        "a path of one machine": 'open("/home/me/data")',
        "a package index": "--index-url x",
        "how the work was organised": "see issue 12",
        "unfinished work": "// TODO: later",
        "a lint silenced without its name": "x = 1  # noqa",
    }
    assert samples.keys() == FORBIDDEN.keys()
    assert all(re.search(FORBIDDEN[what], sample) for what, sample in samples.items())


def test_the_root_holds_what_it_should_and_no_more(root: Path, source_files: list[Path]) -> None:
    parts = [path.relative_to(root).parts for path in source_files]
    assert {part[0] for part in parts if len(part) == 1} == ROOT_FILES
    assert {part[0] for part in parts if len(part) > 1} == ROOT_FOLDERS


def test_the_stub_of_the_core_exists(root: Path) -> None:
    # Type checkers and stubtest are content without it.
    assert (root / "python/driftline/_core.pyi").is_file()
    assert (root / "python/driftline/py.typed").is_file()
