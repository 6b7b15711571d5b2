"""``driftline token``."""

import hashlib
import secrets

from driftline.cli.output import show

PREFIX = "driftline_"
"""By which scanners of sources and logs can know a token that has been left somewhere."""

_RANDOM_BYTES = 32


def token() -> None:
    """Make a token: a secret for the client, and its hash for the collector's configuration."""
    made = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    show(f"token   {made}")
    show(f"sha256  {hashlib.sha256(made.encode()).hexdigest()}")
