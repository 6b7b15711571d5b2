"""The commands under ``driftline alerts``."""

import typer

from driftline.cli.alerts.dead_letters import dead_letters
from driftline.cli.alerts.dry_run import dry_run
from driftline.cli.alerts.listing import list_alerts, list_silences
from driftline.cli.alerts.send_test import send_test
from driftline.cli.alerts.silencing import silence, unsilence

app = typer.Typer(
    help="Alerts: which fire, which would have, and who is not told.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("list")(list_alerts)
app.command("test")(dry_run)
app.command("silences")(list_silences)
app.command("silence")(silence)
app.command("unsilence")(unsilence)
app.command("send-test")(send_test)
app.command("dead-letters")(dead_letters)
