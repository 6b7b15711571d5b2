"""``driftline check``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from driftline.cli.output import show
from driftline.cli.roles import RoleOptions, parse_roles

if TYPE_CHECKING:
    from driftline.config import CollectorConfig, MonitorConfig
    from driftline.config.alerting import AlertingConfig

_CONFIGURATIONS = (".yaml", ".yml")


def check(
    source: Annotated[
        str, typer.Argument(help="A configuration (YAML), or data: Parquet, Arrow, CSV, a glob.")
    ],
    config: Annotated[
        Path | None, typer.Option(help="Take the roles of data from this configuration.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model in the configuration whose roles are taken.")
    ] = None,
    role: RoleOptions = None,
) -> None:
    """Show what driftline makes of a configuration, or of the columns of data."""
    if Path(source).suffix.lower() in _CONFIGURATIONS:
        _check_configuration(Path(source))
        return
    from driftline.query import infer_roles

    monitor = None if config is None else _monitor(config, model)
    show(infer_roles(source, monitor=monitor, roles=parse_roles(role)))


def _check_configuration(path: Path) -> None:
    """Environment variables are left out: the file is what is checked."""
    from driftline.config import load_config

    settings = load_config(path, environment={})
    _show_settings(
        f"{path}: valid", settings.model_dump(mode="json", exclude={"alerting", "monitors", "principals"})
    )
    for principal in settings.principals:
        shown = principal.model_dump(mode="json", exclude={"name": True, "tokens": {"__all__": {"sha256"}}})
        _show_settings(f"principal {principal.name}", shown)
    if settings.alerting is not None:
        _show_alerting(settings.alerting)
    for monitor in settings.monitors:
        _show_settings(f"monitor {monitor.model}", monitor.model_dump(mode="json", exclude={"model"}))


def _show_alerting(alerting: "AlertingConfig") -> None:
    """The rules, the default ones too, each with what was set."""
    from driftline.alerting.default_rules import rules_of

    shown = alerting.model_dump(mode="json", exclude={"rules"}, exclude_defaults=True)
    _show_settings("alerting", shown)
    for rule in rules_of(alerting):
        settings = rule.model_dump(mode="json", exclude={"name"}, exclude_defaults=True, by_alias=True)
        _show_settings(f"alert rule {rule.name}", settings)


def _show_settings(title: str, settings: Mapping[str, object]) -> None:
    from driftline.query.grid import Grid

    rows = tuple((name, _text(value)) for name, value in settings.items())
    show(Grid(title, ("setting", "value"), rows, text_columns=2).to_rich())


def _text(value: object) -> str:
    return "-" if value in (None, "", [], {}) else str(value)


def _monitor(config: Path, model: str | None) -> "MonitorConfig":
    from driftline.config import load_config

    settings: CollectorConfig = load_config(config, environment={})
    found = [monitor for monitor in settings.monitors if model in (None, monitor.model)]
    if len(found) != 1:
        known = ", ".join(monitor.model for monitor in settings.monitors) or "none"
        raise typer.BadParameter(
            f"must name one of the configured models ({known}), got {model!r}", param_hint="--model"
        )
    return found[0]
