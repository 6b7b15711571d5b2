"""The commands put together, and how their errors are told."""

from typing import Any

import typer
from typer.core import TyperGroup

from driftline.cli.alerts import app as alerts_app
from driftline.cli.check import check
from driftline.cli.compare import compare
from driftline.cli.config import app as config_app
from driftline.cli.demo import demo
from driftline.cli.export import export
from driftline.cli.output import report_error
from driftline.cli.profile import profile
from driftline.cli.repair import repair
from driftline.cli.report import report
from driftline.cli.sample_resources import sample_resources
from driftline.cli.serve import serve
from driftline.cli.token import token
from driftline.cli.version import version
from driftline.errors import DriftlineError


class _Commands(TyperGroup):
    """Tells errors of driftline and of the file system in a line, without a traceback; exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (DriftlineError, OSError) as error:
            report_error(error)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=_Commands,
    help="Metrics of machine-learning models in production: what drifted, how sure, how good.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (serve, repair, check, profile, compare, report, sample_resources, demo, token, version):
    app.command()(command)
app.add_typer(alerts_app, name="alerts")
app.add_typer(config_app, name="config")
app.add_typer(export)


def main() -> None:
    """Entry point of the command ``driftline``."""
    app()
