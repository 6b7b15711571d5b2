"""``driftline version``."""

import platform

from driftline.cli.output import show


def version() -> None:
    """Print the version of driftline, and of Python and pyarrow under it."""
    import pyarrow as pa

    from driftline import _core

    show(f"driftline {_core.__version__} (Python {platform.python_version()}, pyarrow {pa.__version__})")
