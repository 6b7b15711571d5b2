"""``driftline export``: files for the programs that show and watch driftline's metrics."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from driftline.cli.export_elastic import elastic
from driftline.cli.output import show

if TYPE_CHECKING:
    from driftline.config import CollectorConfig

export = typer.Typer(
    name="export",
    help="Write files for the programs that show and watch driftline's metrics.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
export.command()(elastic)

ConfigOption = Annotated[
    Path | None,
    typer.Option(help="The collector's configuration (YAML); without it, no model is known by name."),
]


@export.command()
def prometheus_rules(
    config: ConfigOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Write them here; to standard output if not given.")
    ] = None,
    job: Annotated[str, typer.Option(help="Name of the job that scrapes the collectors.")] = "driftline",
) -> None:
    """Write recording and alerting rules for Prometheus."""
    from driftline.exporters.rules import rule_groups, to_yaml

    text = to_yaml(rule_groups(_settings(config), job))
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        show(f"written to {out}")


@export.command()
def grafana(
    out: Annotated[Path, typer.Option(help="The folder that gets dashboards/ and provisioning/.")],
    config: Annotated[
        Path | None, typer.Option(help="Leave out what this configuration of a collector has nothing for.")
    ] = None,
    prometheus_url: Annotated[
        str, typer.Option(help="Where Grafana finds Prometheus.")
    ] = "http://localhost:9090",
    dashboards_path: Annotated[
        str, typer.Option(help="Where the folder dashboards/ will lie on Grafana's machine.")
    ] = "/var/lib/grafana/dashboards/driftline",
    scrape_interval: Annotated[
        str, typer.Option(help="How often Prometheus scrapes the collectors.")
    ] = "15s",
) -> None:
    """Write dashboards for Grafana, and the files that provision it."""
    from driftline.config.duration import parse_duration
    from driftline.exporters.grafana import DASHBOARDS, dashboards_for, grafana_files

    try:
        interval = parse_duration(scrape_interval)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--scrape-interval") from None
    dashboards = DASHBOARDS if config is None else dashboards_for(_settings(config))
    files = grafana_files(dashboards, prometheus_url, dashboards_path, interval)
    for path, text in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, encoding="utf-8")
        show(f"written to {out / path}")


def _settings(path: Path | None) -> "CollectorConfig":
    """Environment variables are left out: what is written depends on the file alone."""
    from driftline.config import load_config

    return load_config(path, environment={})
