"""Importing driftline is free of side effects: no server library, no thread."""

import subprocess
import sys

PROGRAM = """
import sys, threading
import driftline
heavy = {"grpc", "starlette", "uvicorn", "typer", "rich", "pandas", "prometheus_client"} & set(sys.modules)
print(sorted(heavy), threading.active_count())
"""


def test_import_starts_no_thread_and_loads_no_server() -> None:
    program = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert program.stdout.split() == ["[]", "1"]
