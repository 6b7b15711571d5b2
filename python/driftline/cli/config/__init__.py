"""``driftline config``."""

from driftline.cli.config.app import app

__all__ = ["app"]
