import subprocess
import sys

import pytest

import driftline

PROGRAM = """
import sys, threading
import {module}
loaded = {{"grpc", "starlette", "uvicorn", "driftline.collector"}} & set(sys.modules)
print(sorted(loaded), threading.active_count())
"""


@pytest.mark.parametrize("module", ["driftline", "driftline.query", "driftline.cli"])
def test_neither_grpc_nor_a_web_framework_is_loaded_to_look_at_data(module: str) -> None:
    program = [sys.executable, "-c", PROGRAM.format(module=module)]
    found = subprocess.run(program, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["[]", "1"]


def test_the_command_starts_without_arrow() -> None:
    program = "import sys, driftline.cli; print('pyarrow' in sys.modules, 'pydantic' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


def test_every_public_name_is_there_and_listed() -> None:
    assert set(driftline.__all__) <= set(dir(driftline))
    for name in driftline.__all__:
        assert getattr(driftline, name) is not None
    assert driftline.__version__[0].isdigit()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'driftline' has no attribute 'Klient'"):
        driftline.Klient  # noqa: B018
