"""What the guards of the tree share."""

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def source_files(root: Path) -> list[Path]:
    """All files of the tree that are, or would be, committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("the tree is not a git checkout")
    paths = [root / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.fixture(scope="session")
def text_files(source_files: list[Path]) -> dict[Path, str]:
    """Those of them that are text, with their content."""
    contents = {path: path.read_bytes() for path in source_files}
    return {path: content.decode("utf-8") for path, content in contents.items() if is_text(content)}


def is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in content
