"""The command ``driftline``."""

from driftline.cli.app import app, main

__all__ = ["app", "main"]
