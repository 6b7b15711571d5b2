import json
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from driftline.collector import audit
from driftline.logs import configure_logging, get_logger
configure_logging("error", sys.argv[1])
get_logger("driftline.collector").info("not told")
with audit.control_call("owner", "ipv4:127.0.0.1:1", "Flush", "m\\n2026-01-01 forged"):
    pass
"""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_the_audit_log_is_kept_however_little_is_logged(log_format: str) -> None:
    program = [sys.executable, "-c", PROGRAM, log_format]
    (line,) = subprocess.run(program, capture_output=True, text=True, check=True).stderr.splitlines()
    assert "control call" in line
    assert "owner" in line
    if log_format == "json":
        assert json.loads(line)["log"]["logger"] == "driftline.audit"
