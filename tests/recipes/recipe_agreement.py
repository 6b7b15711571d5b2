from collections.abc import Callable

import pytest


@pytest.mark.parametrize("library", ["evidently", "nannyml", "scouter", "whylogs"])
def test_a_recipe_gives_its_librarys_numbers(library: str, agrees: Callable[[str], list[str]]) -> None:
    exact = agrees(library)
    assert any(name.startswith("flights origin") for name in exact)
    assert any("class" in name for name in exact)
