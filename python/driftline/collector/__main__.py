"""``python -m driftline.collector [CONFIG]``: a collector without the command line's dependencies."""

import sys

from driftline.collector.serve import serve
from driftline.config import load_config
from driftline.errors import ConfigurationError


def main(arguments: list[str]) -> int:
    """Run a collector with the settings of a file, or the defaults; returns the exit status."""
    if len(arguments) > 1:
        sys.stderr.write("usage: python -m driftline.collector [CONFIG]\n")
        return 2
    try:
        config = load_config(arguments[0] if arguments else None)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return serve(config)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
