import doctest
import importlib
import pkgutil

import pytest

import driftline
import driftline.query

MODULES = [
    module.name
    for module in pkgutil.walk_packages(driftline.query.__path__, "driftline.query.")
    if ">>>" in (importlib.import_module(module.name).__spec__.loader.get_source(module.name))  # type: ignore[union-attr]
]


def test_there_are_examples() -> None:
    assert len(MODULES) >= 4


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name), extraglobs={"driftline": driftline})
    assert outcome.failed == 0
