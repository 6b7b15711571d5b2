"""Where all alerts stand, as others are told of it: for the HTTP door and the command line."""

from collections.abc import Iterable, Mapping
from typing import Any

from driftline.alerting.ledger import Entry, Place, Position
from driftline.alerting.silences import InForce
from driftline.query.instants import format_instant


def standing_of(
    entries: Iterable[Entry], positions: Mapping[Place, Position], in_force: InForce | None = None
) -> dict[str, Any]:
    """
    Say where alerts stand, and what rules could not say.

    Parameters
    ----------
    entries
        The alerts.
    positions
        How far the rules are evaluated.
    in_force
        What silences them; ``None``: that is not looked at.

    Returns
    -------
    dict
        ``alerts`` and ``unknown``, both lists of what JSON can say.
    """
    alerts = [_alert(entry, in_force) for entry in entries]
    unknown = [
        {
            "rule": place.rule,
            "model": place.model,
            "version": place.version,
            "segment": place.segment,
            "reason": position.reason,
        }
        for place, position in positions.items()
        if position.reason
    ]
    return {"alerts": alerts, "unknown": unknown}


def _alert(entry: Entry, in_force: InForce | None) -> dict[str, Any]:
    since = entry.fired if entry.fired is not None else entry.pending_since
    seen = {name: value for name, value in entry.seen.items() if name != "summary"}
    return {
        "fingerprint": entry.key[1],
        "rule": entry.place.rule,
        "labels": dict(entry.labels),
        "state": entry.state,
        "since": None if since is None else format_instant(since),
        "value": seen.get("value"),
        "summary": entry.seen.get("summary", ""),
        "silenced_by": "" if in_force is None else in_force.why(dict(entry.labels)),
        "seen": seen,
    }
