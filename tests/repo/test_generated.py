"""Generated code that is committed is what the contract gives today."""

import runpy
from pathlib import Path


def test_python_stubs_are_those_of_the_contract(root: Path, tmp_path: Path) -> None:
    generated = runpy.run_path(str(root / "proto/generate.py"))["generate"](tmp_path)
    committed = sorted((root / "python").glob("driftline/v*/*_pb2*"))
    names = [path.relative_to(tmp_path) for path in generated]
    assert len(names) == 3 * len(list((root / "proto").glob("driftline/v*/*.proto"))) > 0
    assert [path.relative_to(root / "python") for path in committed] == names
    for name in names:
        assert (root / "python" / name).read_text() == (tmp_path / name).read_text(), (
            f"{name}: run `make proto`"
        )


def test_rust_messages_are_compared_by_a_test_of_their_crate(root: Path) -> None:
    test = (root / "rust/wire/tests/generated.rs").read_text("utf-8")
    assert "#[test]" in test
    assert "DRIFTLINE_REGENERATE" in test
