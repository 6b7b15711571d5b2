"""Who may list alerts, and who may silence them."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.security.conftest import Principal

from driftline.collector import Collector

SILENCE = {
    "match": {"model": "fraud"},
    "end": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    "comment": "planned",
    "creator": "me",
}


@pytest.fixture
def guarded(start_collector: Callable[..., Collector], principal: Principal) -> str:
    principals = [
        principal("reader", "query"),
        principal("owner", "control"),
        principal("sender", "ingest"),
        principal("guest", "query", "control", models=["other"]),
    ]
    collector = start_collector(alerting={}, principals=principals)
    return f"http://{collector.http_address}/api/v1"


def status(method: str, url: str, name: str | None) -> int:
    headers = {"authorization": f"Bearer token-of-{name}"} if name else {}
    return httpx.request(
        method, url, headers=headers, json=SILENCE if method == "POST" else None, timeout=60
    ).status_code


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/alerts", "reader"),
        ("GET", "/silences", "reader"),
        ("POST", "/silences", "owner"),
        ("DELETE", "/silences/none", "owner"),
    ],
)
def test_only_those_who_may(guarded: str, method: str, path: str, allowed: str) -> None:
    assert status(method, guarded + path, None) == 401
    for name in ("reader", "owner", "sender", "guest"):
        found = status(method, guarded + path, name)
        assert (found < 403 or found == 404) if name == allowed else found == 403, name


def test_changes_are_in_the_audit_log(guarded: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "driftline.audit"):
        made = httpx.post(
            f"{guarded}/silences",
            headers={"authorization": "Bearer token-of-owner"},
            json=SILENCE,
            timeout=60,
        )
        assert made.status_code == 201
        status("DELETE", f"{guarded}/silences/{made.json()['id']}", "reader")
        status("DELETE", f"{guarded}/silences/nothing", "owner")
    done, refused, failed = (vars(record) for record in caplog.records)
    assert (done["principal"], done["method"], done["outcome"]) == ("owner", "AddSilence", "done")
    assert (refused["msg"], refused["method"]) == (
        "control call refused",
        f"DELETE /api/v1/silences/{made.json()['id']}",
    )
    assert (failed["method"], failed["outcome"]) == ("EndSilence", "NotFoundError")
