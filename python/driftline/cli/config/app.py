"""The commands under ``driftline config``."""

import typer

from driftline.cli.config.schema import schema

app = typer.Typer(help="The configuration file.", no_args_is_help=True, rich_markup_mode=None)
# A group of one command would be that command.
app.callback()(lambda: None)
app.command("schema")(schema)
