"""``driftline alerts silence`` and ``driftline alerts unsilence``."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from driftline.cli.alerts.listing import DEFAULT_TARGET, Target
from driftline.cli.output import show


def silence(
    match: Annotated[
        list[str], typer.Argument(help="label=pattern, one or several; * stands for any text: model=fraud.")
    ],
    duration: Annotated[str, typer.Option("--for", help="For how long: 2h, 1d.")],
    comment: Annotated[str, typer.Option(help="Why.")],
    creator: Annotated[
        str | None, typer.Option(help="Who wants it; whoever is logged in if not given.")
    ] = None,
    target: Target = DEFAULT_TARGET,
) -> None:
    """Have nobody told of some alerts for a while; needs the scope control."""
    from driftline.cli.alerts.collector_api import call
    from driftline.config.duration import parse_duration

    try:
        end = datetime.now(UTC) + parse_duration(duration)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from None
    patterns: dict[str, list[str]] = {}
    for each in match:
        label, is_given, pattern = each.partition("=")
        if not is_given or not label:
            raise typer.BadParameter(f"must be label=pattern, got {each!r}", param_hint="MATCH")
        patterns.setdefault(label, []).append(pattern)
    body = {
        "match": patterns,
        "end": end.isoformat(),
        "comment": comment,
        "creator": creator or getpass.getuser(),
    }
    made = call(target, "POST", "/api/v1/silences", body)
    show(f"silence {made['id']} until {made['end']}")


def unsilence(
    name: Annotated[str, typer.Argument(help="As `driftline alerts silences` says it.")],
    target: Target = DEFAULT_TARGET,
) -> None:
    """End a silence; needs the scope control."""
    from urllib.parse import quote

    from driftline.cli.alerts.collector_api import call

    call(target, "DELETE", f"/api/v1/silences/{quote(name, safe='')}")
    show(f"silence {name} is over")
