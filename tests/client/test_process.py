"""What happens to a client when its process ends or forks."""

import subprocess
import sys
from typing import Any

PREAMBLE = """
import os, sys
from driftline.client import Client
client = Client(sys.argv[1], model="m")
"""

EXIT = """
client.log({"a": 1})
"""

FORK = """
client.log({"a": 1})
assert client.flush(10)
client.log({"a": 2})
child = os.fork()
if child == 0:
    client.log({"a": 3})
    delivered = client.flush(10)
    client.close()
    os._exit(0 if delivered else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert status == 0, f"the child could not deliver: {status}"
assert client.flush(10)
"""

FORK_FIRST = """
child = os.fork()
client.log({"a": 1 if child == 0 else 2})
assert client.flush(10)
client.close()
if child != 0:
    assert os.waitpid(child, 0)[1] == 0
"""


def run(script: str, address: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + script, address],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_pending_at_exit_is_delivered(scripted: Any) -> None:
    run(EXIT, scripted.address)
    assert [row["a"] for row in scripted.rows()] == [1]


def test_a_forked_child_starts_afresh(scripted: Any) -> None:
    run(FORK, scripted.address)
    assert sorted(row["a"] for row in scripted.rows()) == [1, 2, 3]
    assert len({request.producer_id for stream in scripted.requests for request in stream}) == 2


def test_a_client_made_before_a_fork_serves_both(scripted: Any) -> None:
    run(FORK_FIRST, scripted.address)
    assert sorted(row["a"] for row in scripted.rows()) == [1, 2]
    assert len({request.producer_id for stream in scripted.requests for request in stream}) == 2
