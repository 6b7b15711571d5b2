"""``driftline config schema``."""

import sys


def schema() -> None:
    """Print the JSON Schema of the configuration, by which editors complete and check a file."""
    from driftline.config.schema import schema_text

    # As it is, whatever the terminal is like.
    sys.stdout.write(schema_text())
