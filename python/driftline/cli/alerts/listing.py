"""``driftline alerts list`` and ``driftline alerts silences``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from driftline.cli.output import show

Target = Annotated[str, typer.Option(help="host:port of the collector's HTTP door.")]
DEFAULT_TARGET = "127.0.0.1:7572"


def list_alerts(
    target: Target = DEFAULT_TARGET,
    data_dir: Annotated[
        Path | None, typer.Option(help="Read what a collector remembers here instead of asking one.")
    ] = None,
    all_states: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
) -> None:
    """List the alerts that fire or are about to, and what rules cannot say."""
    known = _from_directory(data_dir) if data_dir is not None else _from_collector(target)
    shown = [each for each in known["alerts"] if all_states or each["state"] in ("firing", "pending")]
    from driftline.query.grid import Grid

    rows = tuple(_cells(each) for each in sorted(shown, key=lambda each: (each["state"], each["rule"])))
    notes = tuple(
        f"{each['rule']} of {' '.join(filter(None, (each['model'], each['version'], each['segment'])))} "
        f"is not known: {each['reason']}"
        for each in known["unknown"]
    )
    firing = sum(each["state"] == "firing" for each in known["alerts"])
    headers = ("state", "alert", "labels", "since", "value", "summary")
    show(Grid(f"{firing} firing", headers, rows, text_columns=4, notes=notes).to_rich())


def list_silences(target: Target = DEFAULT_TARGET) -> None:
    """List the silences that were made at run time."""
    from driftline.cli.alerts.collector_api import call
    from driftline.query.grid import Grid

    found = call(target, "GET", "/api/v1/silences")["silences"]
    rows = tuple(
        (each["id"], _patterns(each["match"]), each["end"], each["creator"], each["comment"])
        for each in found
    )
    headers = ("id", "match", "until", "creator", "comment")
    show(Grid(f"{len(rows)} silences", headers, rows, text_columns=5).to_rich())


def _from_collector(target: str) -> dict[str, Any]:
    from driftline.cli.alerts.collector_api import call

    found: dict[str, Any] = call(target, "GET", "/api/v1/alerts")
    return found


def _from_directory(folder: Path) -> dict[str, Any]:
    from driftline.alerting.database import AlertDatabase
    from driftline.alerting.ledger import Ledger
    from driftline.alerting.standing import standing_of

    with AlertDatabase.existing(folder) as database:
        ledger = Ledger(database)
        return standing_of(ledger.entries.values(), ledger.positions)


def _cells(alert: dict[str, Any]) -> tuple[str, ...]:
    from driftline.query.grid import figure

    labels = {name: value for name, value in alert["labels"].items() if name != "alertname"}
    state = f"{alert['state']} ({alert['silenced_by']})" if alert.get("silenced_by") else alert["state"]
    return (
        state,
        alert["rule"],
        ", ".join(f"{name}={value}" for name, value in labels.items()),
        alert["since"] or "-",
        figure(alert["value"]),
        alert["summary"],
    )


def _patterns(match: dict[str, list[str]]) -> str:
    return ", ".join(f"{label}={'|'.join(patterns)}" for label, patterns in match.items())
