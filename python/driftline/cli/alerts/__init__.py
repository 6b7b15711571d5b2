"""``driftline alerts``."""

from driftline.cli.alerts.app import app

__all__ = ["app"]
