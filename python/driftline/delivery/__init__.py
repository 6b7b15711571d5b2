"""Handing things to other systems: over HTTP, again when they could not take them."""

from driftline.delivery.errors import DestinationError, DestinationRefusedError, DestinationUnavailableError
from driftline.delivery.http import HttpDestination
from driftline.delivery.retrying import retrying

__all__ = [
    "DestinationError",
    "DestinationRefusedError",
    "DestinationUnavailableError",
    "HttpDestination",
    "retrying",
]
