"""Alerts and silences on the HTTP door."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from driftline.alerting.alerting import Alerting
from driftline.alerting.silences import Silence
from driftline.alerting.standing import standing_of
from driftline.collector import audit
from driftline.config.alerting import SilenceConfig
from driftline.errors import DriftlineError, InvalidArgumentError, LimitExceededError, NotFoundError

MAX_BODY_BYTES = 64 * 1024

_STATUSES = ((NotFoundError, 404), (LimitExceededError, 429), (InvalidArgumentError, 400))

_LONGEST = timedelta(days=3_660)


def alert_routes(alerting: Callable[[], Alerting | None]) -> list[Route]:
    """
    Make the routes under ``/api/v1/``.

    ``alerts`` lists alerts, and what rules could not say. ``silences`` lists, takes (``POST``) and ends (``DELETE``)
    silences; these two need the scope ``control``, and are in the audit log.

    Parameters
    ----------
    alerting
        Gives what is told of; ``None`` before the start, or without alerting.
    """

    async def alerts(_: Request) -> Response:
        return await _answer(lambda: _alerts(_required(alerting())))

    async def silences(request: Request) -> Response:
        if request.method != "POST":
            return await _answer(lambda: _silences(_required(alerting())))
        body = await _body(request)
        return await _answer(
            lambda: _changed(request, "AddSilence", lambda: _add(_required(alerting()), body)), status=201
        )

    async def end_silence(request: Request) -> Response:
        name = request.path_params["name"]
        return await _answer(
            lambda: _changed(request, "EndSilence", lambda: _required(alerting()).silences.end(name))
        )

    return [
        Route("/api/v1/alerts", alerts),
        Route("/api/v1/silences", silences, methods=["GET", "POST"]),
        Route("/api/v1/silences/{name}", end_silence, methods=["DELETE"]),
    ]


async def _answer(work: Callable[[], Any], status: int = 200) -> Response:
    try:
        return JSONResponse(await run_in_threadpool(work), status_code=status)
    except DriftlineError as error:
        code = next((code for kind, code in _STATUSES if isinstance(error, kind)), 503)
        return JSONResponse({"error": str(error)}, status_code=code)


async def _body(request: Request) -> bytes | None:
    """What was sent; ``None`` if it is too much, or not said to be JSON.

    A page of another origin cannot say that without having asked.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return None
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return body


def _required(alerting: Alerting | None) -> Alerting:
    if alerting is None:
        raise NotFoundError("this collector has no alerts: its configuration has no alerting")
    return alerting


def _changed(request: Request, method: str, change: Callable[[], Any]) -> Any:
    """Do what changes something, with a line in the audit log."""
    peer = request.client.host if request.client is not None else ""
    principal = request.scope["principal"]
    with audit.control_call(principal.name, peer, method, None):
        return change()


def _add(alerting: Alerting, body: bytes | None) -> dict[str, Any]:
    if body is None:
        raise InvalidArgumentError(f"a silence must be application/json of at most {MAX_BODY_BYTES} bytes")
    try:
        silence = SilenceConfig.model_validate_json(body)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_url=False)
        )
        raise InvalidArgumentError(f"not a silence: {faults}") from None
    if silence.end <= alerting.now():
        raise InvalidArgumentError(f"a silence must end in the future, got {silence.end.isoformat()}")
    if silence.end > alerting.now() + _LONGEST:
        raise InvalidArgumentError(f"a silence must end within ten years, got {silence.end.isoformat()}")
    return _silence(alerting.silences.add(silence))


def _silences(alerting: Alerting) -> dict[str, Any]:
    return {"silences": [_silence(each) for each in alerting.silences.all(alerting.now())]}


def _silence(silence: Silence) -> dict[str, Any]:
    return {"id": silence.id} | silence.rule.model_dump(mode="json")


def _alerts(alerting: Alerting) -> Any:
    in_force = alerting.silences.in_force(alerting.now())
    found = standing_of(alerting.entries, alerting.positions, in_force)
    # JSON has no infinities, which a figure may be.
    return json.loads(json.dumps(found), parse_constant=str)
