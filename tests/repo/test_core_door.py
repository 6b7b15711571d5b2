"""Every function that the Rust core offers to Python goes through the door that turns a panic into an exception."""

import re
from pathlib import Path

from driftline import _core

_FUNCTION = re.compile(
    r"\n(?P<indent> *)(?:pub(?:\(crate\))? )?fn (?P<name>\w+)(?P<rest>.*?)\n(?P=indent)\}", re.DOTALL
)


def _offered(source: str) -> str:
    """What stands behind ``#[pymethods]`` and ``#[pyfunction]``, up to the end of the block or function."""
    blocks = re.findall(r"#\[pymethods\]\n(impl .*?\n\})", source, re.DOTALL)
    functions = re.findall(r"#\[pyfunction\](.*?\n\})", source, re.DOTALL)
    return "\n".join(blocks + functions)


def test_every_function_goes_through_the_door(root: Path) -> None:
    sources = [path.read_text("utf-8") for path in sorted((root / "rust/bindings/src").glob("*.rs"))]
    found = [match for source in sources for match in _FUNCTION.finditer(_offered(source))]
    names = {match["name"] for match in found}
    members = {
        name for kind in (_core.Engine, _core.Session) for name in vars(kind) if not name.startswith("_")
    }
    assert names >= members | {"profile", "sketch_bytes", "infer_roles"}
    bare = [match["name"] for match in found if not re.search(r"\n +door\(\|\|", match["rest"])]
    assert bare == []
