import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import driftline

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


RECORDS = """
from driftline.logs import configure_logging, get_logger
configure_logging("info", "json")
logger = get_logger("driftline.collector")
logger.info("collector started", grpc="127.0.0.1:1", http="127.0.0.1:2", seconds=0.5)
logger.warning("call refused", peer="ipv4:127.0.0.1:1", method="Flush", reason="no scope")
logger.error("call failed", method="DoPut", exc_info=ValueError("of a value"))
import logging
logging.getLogger("uvicorn.error").info("%s of another", "a line", extra={"color_message": "x"})
"""

# Of the field reference of ECS 8.17; what is below `driftline` is ours.
FIELDS = {
    "@timestamp": str,
    "message": str,
    "ecs.version": str,
    "log.level": str,
    "log.logger": str,
    "service.name": str,
    "service.type": str,
    "service.version": str,
    "process.pid": int,
    "event.kind": str,
    "event.dataset": str,
    "event.action": str,
    "event.reason": str,
    "client.address": str,
    "user.name": str,
    "error.type": str,
    "error.message": str,
    "error.stack_trace": str,
}


def fields_of(line: str) -> dict[str, Any]:
    def walk(value: Any, above: str) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from walk(inner, f"{above}.{name}" if above else name)
        else:
            yield above, value

    return dict(walk(json.loads(line), ""))


def test_json_lines_have_fields_of_the_schema_and_ours_apart() -> None:
    program = [sys.executable, "-c", RECORDS]
    lines = subprocess.run(program, capture_output=True, text=True, check=True).stderr.splitlines()
    started, refused, failed, other = map(fields_of, lines)
    for record in (started, refused, failed, other):
        of_schema = {name: value for name, value in record.items() if not name.startswith("driftline.")}
        assert of_schema.keys() <= FIELDS.keys()
        assert all(type(value) is FIELDS[name] for name, value in of_schema.items())
        assert record["service.name"] == "driftline"
        assert record["service.version"] == driftline.__version__
    assert started["driftline.http"] == "127.0.0.1:2"
    assert started["driftline.seconds"] == 0.5
    assert (refused["event.action"], refused["client.address"]) == ("Flush", "ipv4:127.0.0.1:1")
    assert refused["event.reason"] == "no scope"
    assert (failed["error.type"], failed["error.message"]) == ("ValueError", "of a value")
    assert (other["message"], other["event.dataset"]) == ("a line of another", "uvicorn.error")
