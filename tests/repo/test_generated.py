"""Generated code that is committed is what the contract gives today."""

import runpy
from pathlib import Path


def test_python_stubs_are_those_of_the_contract(root: Path, tmp_path: Path) -> None:
    script = runpy.run_path(str(root / "proto/generate.py"))
    names = [path.relative_to(tmp_path) for path in script["generate"](tmp_path)]
    committed = script["generated"](root / "python")
    assert len(names) == 3 * len(list((root / "proto").rglob("*.proto"))) > 0
    assert [path.relative_to(root / "python") for path in committed] == names
    for name in names:
        assert (root / "python" / name).read_text() == (tmp_path / name).read_text(), (
            f"{name}: run `make proto`"
        )


def test_rust_messages_are_compared_by_a_test_of_their_crate(root: Path) -> None:
    test = (root / "rust/wire/tests/generated.rs").read_text("utf-8")
    assert "#[test]" in test
    assert "DRIFTLINE_REGENERATE" in test
