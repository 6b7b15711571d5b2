"""What a collector does not load: it costs time at every start, and memory for as long as it runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.collector.test_ingest import request

pytest.importorskip("pandas", reason="nothing to load")

PROGRAM = """
import json, pathlib, sys, time, urllib.request
import grpc
from driftline.collector import Collector
from driftline.config import CollectorConfig

folder = pathlib.Path(sys.argv[1])
doors = dict.fromkeys(("grpc_address", "http_address", "flight_address"), "127.0.0.1:0")
intervals = {"flush_interval_seconds": 0.1, "compaction_interval_seconds": 0.1}
config = CollectorConfig.model_validate(doors | intervals | {"data_dir": str(folder / "data")})
for start in range(2):
    with Collector(config) as collector:
        with grpc.insecure_channel(collector.grpc_address) as channel:
            call = channel.unary_unary("/driftline.v1.IngestService/IngestBatch")
            call((folder / "request").read_bytes(), timeout=20)
        for page in ("/metrics", "/readyz"):
            urllib.request.urlopen(f"http://{collector.http_address}{page}", timeout=20).read()
        time.sleep(0.5)
json.dump(sorted(sys.modules), sys.stdout)
"""


def test_a_collector_loads_no_data_frames(tmp_path: Path) -> None:
    (tmp_path / "request").write_bytes(request().SerializeToString())
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "driftline.storage.compaction" in loaded
    assert not {"pandas", "polars", "pyarrow.dataset", "matplotlib"} & loaded
