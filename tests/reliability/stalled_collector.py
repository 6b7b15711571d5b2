"""A collector in a process of its own whose engine stands still when told to.

Run as ``python stalled_collector.py SETTINGS``, a JSON object. It writes the addresses of its gRPC and HTTP doors in
one line. A line ``shut`` on its standard input makes the engine stand still, any other lets it go on; its end ends it.
"""

import json
import sys
from contextlib import ExitStack

import pytest
from tests.collector.stalled_engine import put_behind_gate

from driftline.collector import Collector
from driftline.config import CollectorConfig


def main() -> None:
    """See the module."""
    doors = dict.fromkeys(("grpc_address", "http_address", "flight_address"), "127.0.0.1:0")
    with pytest.MonkeyPatch.context() as monkeypatch, ExitStack() as stack:
        gate = put_behind_gate(monkeypatch)
        collector = stack.enter_context(
            Collector(CollectorConfig.model_validate(doors | json.loads(sys.argv[1])))
        )
        sys.stdout.write(f"{collector.grpc_address} {collector.http_address}\n")
        sys.stdout.flush()
        shut = stack.enter_context(ExitStack())
        for line in sys.stdin:
            if line == "shut\n":
                shut.enter_context(gate.shut())
            else:
                shut.close()


if __name__ == "__main__":
    main()
